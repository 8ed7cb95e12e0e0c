import { uptime } from 'node:os';
import type { Clock } from '../clock.ts';
import { defaults } from '../defaults.ts';
import { Line } from '../kernel/index.ts';

/**
 * What is to happen to jobs at a time to come: any number of them, one timer.
 *
 * Times are points on a clock that nobody sets and that goes on while the machine sleeps, so that a wall
 * clock set back delays nothing, one set forward releases nothing early, and a laptop that was closed for
 * the night finds in the morning what has become due. The timer is set for a minute at most: after each
 * minute it is looked again.
 */
export class Timetable {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #onDue: (jobIds: string[]) => void;
  readonly #times = new Map<string, number>();
  /** A line in which the earliest goes first. */
  readonly #line = new Line();
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #isStopped = false;

  /** `onDue` is handed all that is due, at once; none of it is in the table any more. */
  constructor(clock: Pick<Clock, 'monotonicMs'>, onDue: (jobIds: string[]) => void) {
    this.#clock = sleepless(clock);
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#times.size;
  }

  has(jobId: string): boolean {
    return this.#times.has(jobId);
  }

  /** Milliseconds until this job is due, at least 0; undefined where nothing is planned for it. */
  leftMs(jobId: string): number | undefined {
    const atMs = this.#times.get(jobId);
    return atMs === undefined ? undefined : Math.max(0, atMs - this.#clock.monotonicMs());
  }

  /** Replaces what was planned for the job before. */
  plan(jobId: string, inMs: number): void {
    this.cancel(jobId);
    const atMs = this.#clock.monotonicMs() + inMs;
    this.#times.set(jobId, atMs);
    this.#line.add({ jobId, instance: '', priority: 0, age: atMs });
    this.#setTimer(atMs);
  }

  cancel(jobId: string): void {
    if (!this.#times.delete(jobId)) return;
    this.#line.remove(jobId);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #setTimer(atMs: number): void {
    if (this.#isStopped || atMs >= this.#timerAtMs) return;
    this.#timerAtMs = atMs;
    clearTimeout(this.#timer);
    const waitMs = Math.max(0, Math.ceil(atMs - this.#clock.monotonicMs()));
    this.#timer = setTimeout(() => this.#look(), Math.min(waitMs, defaults.timerMost));
  }

  #look(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.monotonicMs();
    const due: string[] = [];
    for (let first = this.#line.head(); first !== undefined; first = this.#line.head()) {
      if (first.age > nowMs) {
        this.#setTimer(first.age);
        break;
      }
      this.cancel(first.jobId);
      due.push(first.jobId);
    }
    if (due.length > 0) this.#onDue(due);
  }
}

const lookAtSleepMs = 100;

/** The monotonic clock stands still while the machine sleeps; the machine's time since boot does not. */
function sleepless(clock: Pick<Clock, 'monotonicMs'>): Pick<Clock, 'monotonicMs'> {
  const aheadMs = () => uptime() * 1000 - clock.monotonicMs();
  const atStart = aheadMs();
  let lookedAtMs = clock.monotonicMs();
  let sleptMs = 0;
  return {
    monotonicMs: () => {
      const nowMs = clock.monotonicMs();
      if (nowMs - lookedAtMs > lookAtSleepMs) {
        lookedAtMs = nowMs;
        const since = aheadMs() - atStart;
        // The time since boot is coarse; a difference below a second is nobody's sleep.
        sleptMs = since > 1000 ? Math.max(sleptMs, since) : sleptMs;
      }
      return nowMs + sleptMs;
    },
  };
}
