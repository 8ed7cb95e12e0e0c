import { availableParallelism } from 'node:os';
import { descendantsOf, type LiveProcess, liveProcesses } from './processes.ts';

export interface TreeUsage {
  /** Resident memory of all processes; pages that they share count once for each. */
  rssBytes: number;
  /** Of one core, since the last look; 0 at the first. */
  cpuPercent: number;
}

/** The kernel counts in hundredths of a second towards programs, whatever it does inside. */
const ticksPerS = 100;

/**
 * What the process trees of workers use, from one look at `/proc` for all of them. Null, where there is no
 * `/proc`, means that nothing can be known.
 */
export class UsageMeter {
  /** Processor time of each process at the last look, by pid and start. */
  #before = new Map<string, number>();
  #lookedAtMs = 0;
  #bytesPerPage: number | null = null;

  async look(roots: Iterable<number>): Promise<Map<number, TreeUsage> | null> {
    const all = await liveProcesses();
    if (all === null) return null;
    const nowMs = performance.now();
    const elapsedS = (nowMs - this.#lookedAtMs) / 1000;
    const bytesPerPage = this.#pageSize(all);
    const seen = new Map<string, number>();
    const usage = new Map<number, TreeUsage>();
    for (const root of roots) {
      let pages = 0;
      let ticks = 0;
      for (const each of treeOf(root, all)) {
        const name = `${each.pid}/${each.startTicks}`;
        seen.set(name, each.cpuTicks);
        pages += each.rssPages;
        ticks += each.cpuTicks - (this.#before.get(name) ?? each.cpuTicks);
      }
      const percent = (ticks / ticksPerS / elapsedS) * 100;
      const cpuPercent = Math.min(Math.round(percent), availableParallelism() * 100);
      usage.set(root, { rssBytes: pages * bytesPerPage, cpuPercent });
    }
    this.#before = seen;
    this.#lookedAtMs = nowMs;
    return usage;
  }

  /** Node does not tell; but it tells its own memory in bytes, and the kernel the same in pages. */
  #pageSize(all: readonly LiveProcess[]): number {
    if (this.#bytesPerPage !== null) return this.#bytesPerPage;
    const self = all.find(({ pid }) => pid === process.pid);
    const ratio = process.memoryUsage.rss() / (self?.rssPages ?? 1);
    this.#bytesPerPage = self === undefined ? 4096 : 2 ** Math.round(Math.log2(ratio));
    return this.#bytesPerPage;
  }
}

function treeOf(root: number, all: readonly LiveProcess[]): Set<LiveProcess> {
  const inGroup = all.filter(({ pid, group }) => pid === root || group === root);
  return new Set([...inGroup, ...descendantsOf(root, all)]);
}
