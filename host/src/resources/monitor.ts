import { BuiltInSource } from './built-in.ts';
import { type AskMonitor, CapabilitySource } from './capability.ts';
import { type LiveProcess, liveProcesses, peakRssOfAll } from './processes.ts';
import { processesByPs } from './ps.ts';
import type { MachineSnapshot } from './snapshot.ts';
import type { MonitorSource } from './source.ts';
import { rssOf, TreeCpu, treesOf, type TreeUse, vramOf } from './trees.ts';

/** A snapshot of this age is as good as a new one, unless somebody says otherwise. */
const freshMs = 1_000;

export interface MonitorOptions {
  /** Variables of the user; its `PATH` says which `nvidia-smi` is asked, and `CAPSTAN_FAKE_GPUS` may replace all devices. */
  env: NodeJS.ProcessEnv;
  /** Folders of the filesystems that count. */
  disks?: readonly string[];
  /** False: nobody wants to know of GPUs, and no program is started to learn of them. */
  gpus?: boolean;
  capability?: MonitorCapability;
}

/** How a capability is asked that measures in place of the built-in monitor. */
export interface MonitorCapability {
  /** Whoever it is now; null, and the built-in monitor measures. */
  name: () => string | null;
  ask: (name: string, method: Parameters<AskMonitor>[0]) => Promise<unknown>;
}

/**
 * The one place that is asked what the machine has, what is in use, and which process tree uses how much of it.
 *
 * It measures and decides nothing. A look costs a program start per kind of GPU, so looks are shared: whoever asks
 * while one is under way gets its answer, and one that is young enough is told again. What cannot be measured
 * is told in `problems`; nothing is thrown for it.
 */
export class Monitor {
  readonly #builtIn: BuiltInSource;
  readonly #env: NodeJS.ProcessEnv;
  readonly #capability: MonitorCapability | undefined;
  #source: MonitorSource;
  #isClosed = false;
  #last: MachineSnapshot | null = null;
  #looking: Promise<MachineSnapshot> | null = null;
  readonly #cpu = new TreeCpu();

  constructor(options: MonitorOptions) {
    this.#env = options.env;
    this.#builtIn = new BuiltInSource({
      env: options.env,
      disks: options.disks ?? [],
      gpus: options.gpus ?? true,
    });
    this.#capability = options.capability;
    this.#source = this.#builtIn;
  }

  /** Who measures: `built-in`, or the name of a capability. */
  get sourceName(): string {
    return this.#sourceNow().name;
  }

  /** What the machine has and what is in use, at most `maxAgeMs` old. With 0, a look that begins after the call. */
  async snapshot(maxAgeMs: number = freshMs): Promise<MachineSnapshot> {
    const oldest = performance.now() - maxAgeMs;
    if (this.#last !== null && this.#last.atMs >= oldest) return this.#last;
    if (maxAgeMs === 0 && this.#looking !== null) await this.#looking;
    this.#looking ??= this.#look();
    return this.#looking;
  }

  async #look(): Promise<MachineSnapshot> {
    try {
      this.#last = await this.#sourceNow().snapshot();
      return this.#last;
    } finally {
      this.#looking = null;
    }
  }

  /**
   * What each root's process tree uses now, by one list of all processes. A root that is gone has no entry; where
   * processes cannot be listed nobody has one. The snapshot beside it may be as old as `maxAgeMs`.
   */
  async measure(
    roots: readonly number[],
    maxAgeMs: number = freshMs,
  ): Promise<{ snapshot: MachineSnapshot; trees: Map<number, TreeUse> }> {
    const snapshot = await this.snapshot(maxAgeMs);
    // One after the other: a process that came up while a driver took its time would hold memory and belong to nobody.
    const all = roots.length === 0 ? [] : await this.#processes();
    const trees = new Map<number, TreeUse>();
    for (const [root, tree] of treesOf(roots, all)) {
      if (tree.length === 0) continue;
      const rssBytes = rssOf(tree);
      const cpuPercent = this.#cpu.percentOf(root, tree);
      // oxlint-disable-next-line no-await-in-loop -- one file for each process: the others get their turn in between
      const peakRssBytes = Math.max(rssBytes, await peakRssOfAll(tree));
      const vram = vramOf(tree, snapshot.gpus);
      trees.set(root, { rssBytes, peakRssBytes, cpuPercent, processes: tree.length, vram });
    }
    this.#cpu.forgetOld();
    return { snapshot, trees };
  }

  async #processes(): Promise<LiveProcess[]> {
    return (await liveProcesses()) ?? (await processesByPs(this.#env));
  }

  /** What is declared may change while the monitor lives. */
  #sourceNow(): MonitorSource {
    const capability = this.#capability;
    const name = this.#isClosed ? null : (capability?.name() ?? null);
    if (capability === undefined || name === null) this.#source = this.#builtIn;
    else if (this.#source.name !== name) {
      this.#source = new CapabilitySource(
        name,
        (method) => capability.ask(name, method),
        this.#builtIn,
      );
    }
    return this.#source;
  }

  /** From now on no capability is asked, for the host is about to end it, and no program is started. */
  close(): void {
    this.#isClosed = true;
    this.#builtIn.close();
  }
}
