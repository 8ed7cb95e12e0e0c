import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { cgroupLimits } from './cgroups.ts';

/** So long a stretch is looked at; a shorter one says little, for the kernel counts in hundredths of a second. */
const stretchMs = 200;

interface Times {
  busyMs: number;
  allMs: number;
}

/** How busy the cores are that this process may use. */
export class CpuMeter {
  readonly #root: string;
  readonly #parallelism: number;
  #before: { atMs: number; times: Times };
  #percent: number | null = null;

  constructor(root = '/', parallelism = availableParallelism()) {
    this.#root = root;
    this.#parallelism = parallelism;
    this.#before = { atMs: performance.now(), times: this.#limited().times };
  }

  /**
   * Of all cores together, since an earlier look; null when none lies far enough back. In a container with a limit on time it is
   * the share of that time that the container used; else everything that runs on the machine counts.
   */
  look(): { cores: number; busyPercent: number | null } {
    const { cores, times } = this.#limited();
    const atMs = performance.now();
    if (atMs - this.#before.atMs >= stretchMs) {
      const all = times.allMs - this.#before.times.allMs;
      const busy = times.busyMs - this.#before.times.busyMs;
      this.#percent = all <= 0 ? null : Math.min(100, Math.max(0, Math.round((busy / all) * 100)));
      this.#before = { atMs, times };
    }
    return { cores, busyPercent: this.#percent };
  }

  /** Cores in whole ones: half a core more is not worth a second process that keeps one busy. */
  #limited(): { cores: number; times: Times } {
    const limits = cgroupLimits(this.#root).cpu.filter(({ cores }) => cores < this.#parallelism);
    const least = limits.toSorted((a, b) => a.cores - b.cores)[0];
    if (least === undefined) return { cores: this.#parallelism, times: machineTimes(this.#root) };
    const times =
      least.usedMs === null
        ? machineTimes(this.#root)
        : { busyMs: least.usedMs, allMs: performance.now() * least.cores };
    return { cores: Math.max(1, Math.floor(least.cores)), times };
  }
}

/** The kernel counts in hundredths of a second towards programs. Waiting for a disk is not being busy. */
function machineTimes(root: string): Times {
  try {
    const [line = ''] = readFileSync(`${root}proc/stat`, 'latin1').split('\n', 1);
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, stolen = 0] =
      line.trim().split(/\s+/).slice(1).map(Number);
    const busy = user + nice + system + irq + softirq + stolen;
    return { busyMs: busy * 10, allMs: (busy + idle + iowait) * 10 };
  } catch {
    return timesOfNode();
  }
}

function timesOfNode(): Times {
  let busyMs = 0;
  let idleMs = 0;
  for (const { times } of cpus()) {
    busyMs += times.user + times.nice + times.sys + times.irq;
    idleMs += times.idle;
  }
  return { busyMs, allMs: busyMs + idleMs };
}
