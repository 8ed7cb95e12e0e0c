import type { Sample } from '../measure/sides.ts';
import type { SideName } from '../measure/figure.ts';

/**
 * What another system is asked to do beside us: the same work, through its own documented client, measured
 * inside its own process. A method that cannot go on throws SideFailed; what a system has no such thing for
 * is not there, and `cannot` says why.
 */
export interface Abilities {
  /** Microseconds from submit to the observed end of one trivial job; the median of so many. */
  oneJob(count: number): Promise<Sample>;
  /** Trivial jobs a second, so many in all, with `width` submitters that each wait for the end of theirs. */
  burst(count: number, width: number): Promise<Sample>;
  /** Jobs a second where all are handed over first and then worked off, `width` at once. */
  drain(count: number, width: number): Promise<Sample>;
  /** Milliseconds for a chain of so many steps, each given what the one before returned. */
  chain(length: number): Promise<Sample>;
  /** Milliseconds for one step, then so many that take its value, then one that waits for all of them. */
  fan(width: number): Promise<Sample>;
  /** Microseconds for one warm call with so many bytes there and back; the median of `count`. */
  call(bytes: number, count: number): Promise<Sample>;
  /** Milliseconds for one warm call with so many bytes of records there and back; the median of `count`. */
  records(bytes: number, count: number): Promise<Sample>;
  /** Warm calls of 100 bytes a second. */
  inFlight(count: number, width: number): Promise<Sample>;
  /** Milliseconds from the first spawn until the last of so many workers is ready. */
  start(workers: number): Promise<Sample & Memory>;
  /** Chunks a second, so many of so many bytes. */
  stream(count: number, size: number): Promise<Sample & { firstMs: number }>;
  /** Milliseconds from the asking to the observed end, and the longest stall of the event loop meanwhile. */
  cancel(how: 'cooperative' | 'forced'): Promise<Sample & { stallMs: number }>;
  /** Microseconds to append one row, durably, to a journal that holds so many. */
  journalAppend(rows: number): Promise<Sample>;
  /** Microseconds to read the newest hundred rows of a journal that holds so many. */
  journalQuery(rows: number): Promise<Sample>;
  /** Pairs of acquire and release a second, of so many processes together. */
  leasePairs(asked: {
    processes: number;
    seconds: number;
    entries: number;
  }): Promise<Sample & { busy: number; tried: number }>;
  /** Microseconds for one pure decision beside leases of these patterns, which those asked for do not meet. */
  decide(
    world: { live: readonly (readonly string[])[]; asked: readonly string[] },
    count: number,
  ): Promise<Sample>;
  /** Milliseconds of a whole command that decides, or that takes a lease, after so many entries. */
  leaseCommand(what: 'decide' | 'acquire', entries: number): Promise<Sample>;
  /** Resident MB of its host, in `wall`, when it has done so many trivial jobs. */
  memoryAfter(jobs: number): Promise<Sample>;
}

export interface Memory {
  /** MB resident of all the workers together, and their proportional share where the system tells it. */
  rss: number;
  pss: number;
}

export type Ability = keyof Abilities;

export interface System extends Partial<Abilities> {
  readonly version: string;
  /** When an accepted job is safe, in words: "none: the queue is in memory", "fsync per write". */
  readonly durability: string;
  /** Ends what was started, by pid, and removes its data. */
  close(): Promise<void>;
}

/** How a system gets here. */
export interface SystemEntry {
  readonly name: SideName;
  /** The side of others that it is measured for. */
  readonly kind: 'reference' | 'neighbour';
  readonly abilities: readonly Ability[];
  /** What it has no such thing for, and why, in one sentence each. */
  readonly cannot: { readonly [ability in Ability]?: string };
  /**
   * Installs what is missing and starts it. Throws SideFailed with what to install where the machine lacks
   * something.
   */
  open(at: Place): Promise<System>;
}

export interface Place {
  /** Kept between runs: what was installed. */
  cache: string;
  /** On the disk that is measured, removed afterwards. */
  data: string;
  say: (text: string) => void;
}
