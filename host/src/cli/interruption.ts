import { HostError, messageOf } from '../errors.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Io } from './io.ts';
import { duration } from './terminal/quantities.ts';

interface Cause {
  exitCode: 124 | 130 | 143;
  reason: string;
}

const forceAfterMs = 500;
const patience = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

/**
 * What may end a run early: Ctrl-C, SIGTERM, the deadline. The first asks the run to stop and waits for it;
 * a second signal waits for nothing. Workers end by themselves when their host is gone.
 */
export class Interruption {
  readonly #note: (text: string) => void;
  readonly #releases: (() => void)[];
  readonly #forced = Promise.withResolvers<null>();
  /** Even a forced end waits a moment for the cancel to be on disk, lest the run come back with the next host. */
  #recorded: Promise<unknown> = Promise.resolve();
  #cause: Cause | null = null;
  #isOver = false;
  #cancel: ((reason: string) => Promise<unknown>) | null = null;

  constructor(io: Io, note: (text: string) => void, timeoutMs: number | null) {
    this.#note = note;
    this.#releases = [
      io.onSignal('SIGINT', () => this.#signal({ exitCode: 130, reason: 'interrupted by Ctrl-C' })),
      io.onSignal('SIGTERM', () => this.#signal({ exitCode: 143, reason: 'ended by SIGTERM' })),
    ];
    if (timeoutMs !== null) {
      const reason = `the deadline of ${duration(timeoutMs)} passed`;
      this.#releases.push(io.after(timeoutMs, () => this.#stop({ exitCode: 124, reason })));
    }
  }

  /** Throws when the end was asked for before there was anything to cancel. */
  check(): void {
    if (this.#cause !== null) throw interrupted(this.#cause);
  }

  /** From now on the run is cancelled through this; at once, if that was asked for already. */
  cancelWith(cancel: (reason: string) => Promise<unknown>): void {
    this.#cancel = cancel;
    if (this.#cause !== null) this.#cancelNow(this.#cause);
  }

  /** The run has ended and was told; from now on a first signal ends what is left to do. */
  over(): void {
    this.#isOver = true;
  }

  /** What the work answers. Throws INTERRUPTED as soon as the user insists on ending at once. */
  async unlessForced<T>(work: Promise<T>): Promise<T> {
    const answer = await Promise.race([work.then((value) => ({ value })), this.#forced.promise]);
    if (answer !== null) return answer.value;
    work.catch(() => {});
    throw interrupted(this.#cause ?? { exitCode: 130, reason: 'interrupted' });
  }

  /** The exit code of an interrupted run, else of its outcome; one that completed all the same completed. */
  exitCodeOr(code: ExitCode): ExitCode {
    return this.#cause === null || code === 0 ? code : this.#cause.exitCode;
  }

  release(): void {
    for (const release of this.#releases) release();
  }

  #signal(cause: Cause): void {
    if (this.#isOver) return this.#force(cause);
    if (this.#cause === null) this.#stop(cause);
    else if (this.#cause.exitCode === 124) this.#cause = cause;
    else void this.#recorded.finally(() => this.#forced.resolve(null));
  }

  #force(cause: Cause): void {
    this.#cause ??= cause;
    this.#forced.resolve(null);
  }

  #stop(cause: Cause): void {
    if (this.#cause !== null) return;
    this.#cause = cause;
    // A deadline has taken nobody's Ctrl-C: the first then says that it is a person who cancels.
    const howOften = cause.exitCode === 124 ? 'twice' : 'again';
    this.#note(`Cancelling: ${cause.reason}. Press Ctrl-C ${howOften} to end at once.`);
    this.#cancelNow(cause);
  }

  #cancelNow({ reason }: Cause): void {
    const recorded = this.#cancel?.(reason).catch((error: unknown) => {
      // It ended by itself, just before.
      if (error instanceof HostError && error.code === 'JOB_OVER') return;
      this.#note(`The cancel failed: ${messageOf(error)}`);
    });
    this.#recorded = Promise.race([recorded, patience(forceAfterMs)]);
  }
}

function interrupted({ exitCode, reason }: Cause): HostError {
  return new HostError(
    exitCode === 124 ? 'DEADLINE_EXCEEDED' : 'INTERRUPTED',
    `Stopped: ${reason}.`,
    { details: { exit: exitCode } },
  );
}
