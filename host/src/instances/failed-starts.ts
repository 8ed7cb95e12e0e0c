import { type Clock, isoFromMs } from '../clock.ts';
import { HostError, messageOf } from '../errors.ts';
import { mayStart } from './crash-loop.ts';

const beforeAnyStart = new Set(['SECRET_MISSING', 'SECRETS_LOCKED', 'SECRETS_UNREADABLE']);

/** The starts of one instance that failed, and what follows from them. */
export class FailedStarts {
  readonly #id: string;
  readonly #clock: Clock;
  #failures: { atMs: number; reason: string }[] = [];

  constructor(id: string, clock: Clock) {
    this.#id = id;
    this.#clock = clock;
  }

  add(error: unknown): void {
    // Nothing was started, and as soon as somebody has set what is missing, something may be.
    if (error instanceof HostError && beforeAnyStart.has(error.code)) return;
    this.#failures.push({ atMs: this.#clock.monotonicMs(), reason: messageOf(error) });
  }

  /** It has started, or is another one than it was. */
  clear(): void {
    this.#failures = [];
  }

  /** Until when it is not started again, and why; null where it may be. */
  refusal(): { until: string; reason: string; forMs: number } | null {
    const failedAt = this.#failures.map(({ atMs }) => atMs);
    const verdict = mayStart(failedAt, this.#clock.monotonicMs());
    if (verdict.kind === 'allowed') return null;
    const { forMs } = verdict;
    const until = isoFromMs(this.#clock.nowMs() + forMs);
    return { until, reason: this.#failures.at(-1)?.reason ?? '', forMs };
  }

  /** Throws WORKER_START_FAILED while it is not to be tried again. */
  refuse(capability: string): void {
    const refusal = this.refusal();
    if (refusal === null) return;
    const { until, reason } = refusal;
    throw new HostError(
      'WORKER_START_FAILED',
      `${this.#id} failed to start again and again, and is not tried again before ${until}. The last time:\n${reason}`,
      { details: { capability, instance: this.#id, reason: 'crash-loop', until } },
    );
  }
}
