import { liveProcesses } from './processes.ts';
import { rssOf, TreeCpu, treesOf } from './trees.ts';

export interface TreeUsage {
  /** Resident memory of all processes; pages that they share count once for each. */
  rssBytes: number;
  /** Of one core, since the last look; 0 at the first. */
  cpuPercent: number;
}

/**
 * What the process trees of workers use, from one look at `/proc` for all of them. Null, where there is no
 * `/proc`, means that nothing can be known.
 */
export class UsageMeter {
  readonly #cpu = new TreeCpu();

  async look(roots: Iterable<number>): Promise<Map<number, TreeUsage> | null> {
    const all = await liveProcesses();
    if (all === null) return null;
    const usage = new Map<number, TreeUsage>();
    for (const [root, tree] of treesOf(roots, all)) {
      usage.set(root, { rssBytes: rssOf(tree), cpuPercent: this.#cpu.percentOf(root, tree) });
    }
    return usage;
  }
}
