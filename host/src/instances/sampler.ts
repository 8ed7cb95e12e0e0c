import { defaults } from '../defaults.ts';
import type { AttemptContext } from '../queue/index.ts';
import { type Monitor, peakRssOf } from '../resources/index.ts';
import type { ByDevice, CallResources } from '../stores/index.ts';
import type { LiveWorker } from '../workers/index.ts';
import { CallWatch, WorkerWatch } from './watch.ts';

/** What looks at process trees. */
export type Measure = Pick<Monitor, 'measure'>;

interface Observed {
  attempt: AttemptContext;
  worker: LiveWorker;
  watch: WorkerWatch;
  call: CallWatch;
  toldMs: number;
}

/** A look that has been asked for and has not begun. */
interface NextLook {
  watches: Map<WorkerWatch, CallWatch | null>;
  maxAgeMs: number | undefined;
  done: Promise<void>;
}

interface Wish {
  blamed?: CallWatch | null;
  /** How old what is known of the devices may be; as the monitor has it unless given. */
  maxAgeMs?: number | undefined;
}

/**
 * Looks at what workers use while calls run in them: at long calls again and again, at the first of a worker in any
 * case, and at bursts of short ones now and then. A look reads a file per process of the machine, so looks that are
 * wanted at the same time are one, and no call waits long for its own.
 */
export class Sampler {
  readonly #monitor: Measure;
  readonly #watches = new WeakMap<LiveWorker, WorkerWatch>();
  readonly #calls = new Map<AttemptContext, Observed>();
  /** With calls, or with some that ended since the last tick. */
  readonly #active = new Set<WorkerWatch>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #next: NextLook | null = null;

  constructor(monitor: Measure) {
    this.#monitor = monitor;
  }

  begin(attempt: AttemptContext, worker: LiveWorker): void {
    const watch = this.#watchOf(worker);
    const call = new CallWatch(performance.now());
    watch.begin(call);
    this.#calls.set(attempt, { attempt, worker, watch, call, toldMs: call.beganMs });
    this.#active.add(watch);
    if (this.#timer === undefined) this.#timer = this.#soon();
  }

  /** Whatever became of it, nobody looks at its worker for this call any more. */
  drop(attempt: AttemptContext): void {
    const observed = this.#calls.get(attempt);
    if (observed === undefined) return;
    this.#calls.delete(attempt);
    observed.watch.end(observed.call, false);
  }

  /**
   * What the call used, as far as somebody looked. Takes a last look where that is worth its wait; never at a worker
   * that is not to be waited for.
   */
  async end(
    attempt: AttemptContext,
    how: 'completed' | 'failed' | 'lost',
  ): Promise<CallResources | undefined> {
    const observed = this.#calls.get(attempt);
    if (observed === undefined) return undefined;
    const { watch, worker, call } = observed;
    const isCompleted = how === 'completed';
    const isThere = worker.isAlive && how !== 'lost';
    const patienceMs = isThere ? patienceFor(watch, call, isCompleted) : 0;
    if (patienceMs > 0) {
      // What the devices held a moment ago is not what the first calls of a worker have come to.
      const maxAgeMs = isUnknown(watch, call) ? 0 : undefined;
      const blamed = isCompleted ? null : call;
      await atMost(patienceMs, this.#look(watch, { blamed, maxAgeMs }));
      // Drivers that take long keep no call: of its memory the kernel knows at once.
      if (!call.isSampled && !watch.isHidden) {
        const peak = peakRssOf(watch.pid);
        if (peak > 0) call.raise(peak, peak);
      }
    } else if (isThere && performance.now() - call.beganMs >= defaults.glanceMs) {
      watch.glance(peakRssOf(watch.pid), call, isCompleted);
    }
    this.#calls.delete(attempt);
    watch.end(call, isCompleted);
    return call.resources();
  }

  /** What was last seen of a worker; null when nobody has looked yet. */
  lastOf(worker: LiveWorker): { rssBytes: number; vram: ByDevice | null } | null {
    return this.#watches.get(worker)?.last ?? null;
  }

  #watchOf(worker: LiveWorker): WorkerWatch {
    const known = this.#watches.get(worker);
    if (known !== undefined) return known;
    const made = new WorkerWatch(worker.pid);
    this.#watches.set(worker, made);
    return made;
  }

  #soon(): NodeJS.Timeout {
    return setTimeout(() => void this.#tick(), defaults.firstLookMs).unref();
  }

  async #tick(): Promise<void> {
    const nowMs = performance.now();
    const due = [...this.#active].filter((watch) => isDue(watch, nowMs));
    for (const watch of this.#active) if (!watch.isBusy) this.#active.delete(watch);
    await Promise.all(due.map((watch) => this.#look(watch, {})));
    this.#timer = this.#active.size > 0 ? this.#soon() : undefined;
  }

  #look(watch: WorkerWatch, { blamed = null, maxAgeMs }: Wish): Promise<void> {
    if (this.#next === null) {
      const wanted: NextLook = { watches: new Map(), maxAgeMs: undefined, done: this.#looking };
      wanted.done = this.#looking.then(() => {
        this.#next = null;
        return this.#lookAt(wanted);
      });
      this.#looking = wanted.done;
      this.#next = wanted;
    }
    const wanted = this.#next;
    wanted.watches.set(watch, blamed ?? wanted.watches.get(watch) ?? null);
    wanted.maxAgeMs ??= maxAgeMs;
    return wanted.done;
  }

  async #lookAt({ watches, maxAgeMs }: NextLook): Promise<void> {
    const roots = [...watches.keys()].map(({ pid }) => pid);
    const seen = await this.#monitor.measure(roots, maxAgeMs).catch(() => null);
    const nowMs = performance.now();
    for (const [watch, blamed] of watches) {
      const use = seen?.trees.get(watch.pid);
      if (use === undefined) watch.isHidden = true;
      else {
        const devicesMs = seen?.snapshot.atMs ?? nowMs;
        watch.see(use, { nowMs, devicesMs, blamed, ownPeak: peakRssOf(watch.pid) });
      }
    }
    for (const observed of this.#calls.values()) {
      if (watches.has(observed.watch)) tell(observed, nowMs);
    }
  }
}

function isDue(watch: WorkerWatch, nowMs: number): boolean {
  const { busySinceMs, lookedMs, isUnseen, isHidden } = watch;
  if (isHidden) return false;
  const sinceLookMs = lookedMs === null ? Number.POSITIVE_INFINITY : nowMs - lookedMs;
  const isLong = busySinceMs !== null && nowMs - busySinceMs >= defaults.firstLookMs;
  return isLong
    ? sinceLookMs >= defaults.nextLookMs
    : isUnseen && sinceLookMs >= defaults.burstLookMs;
}

/** One of the first calls of a worker, during which nobody has seen what it holds of the devices. */
const isUnknown = (watch: WorkerWatch, call: CallWatch): boolean =>
  watch.isNew && !call.knowsDevices;

/** How long the end of a call may wait for a look at its worker; 0 where none is worth it. */
function patienceFor(watch: WorkerWatch, call: CallWatch, isCompleted: boolean): number {
  if (watch.isHidden) return 0;
  // What is not known at all makes the next job wait for a measuring run of its own.
  if (watch.lookedMs === null || isUnknown(watch, call)) return 400;
  const nowMs = performance.now();
  const tookMs = nowMs - call.beganMs;
  const sinceLookMs = nowMs - watch.lookedMs;
  if (tookMs >= defaults.firstLookMs && sinceLookMs >= defaults.nextLookMs) {
    return Math.min(250, Math.max(20, tookMs / 10));
  }
  return !isCompleted && sinceLookMs >= 1_000 ? 100 : 0;
}

function tell(observed: Observed, nowMs: number): void {
  const { attempt, watch, toldMs } = observed;
  if (watch.last === null || nowMs - toldMs < defaults.resourceTellMs) return;
  if (!attempt.wantsResources()) return;
  observed.toldMs = nowMs;
  const { rssBytes, cpuPercent } = watch.last;
  attempt.onResources({ rssBytes, cpuPercent });
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, late]);
  clearTimeout(timer);
}
