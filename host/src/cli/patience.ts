import { HostError } from '../errors.ts';
import type { Io } from './io.ts';
import { duration } from './terminal/quantities.ts';

/**
 * How long a command waits for something that goes on without it: until Ctrl-C, SIGTERM or a time-out. The
 * first ends the waiting in order; a second signal waits for nothing.
 */
export class Patience {
  /** Aborted with the error that the command ends with. */
  readonly signal: AbortSignal;
  readonly #releases: (() => void)[];
  readonly #forced = Promise.withResolvers<never>();

  /** `left` says what becomes of the work that is waited for. */
  constructor(io: Io, left: string, timeoutMs?: number) {
    const ending = new AbortController();
    this.signal = ending.signal;
    this.#forced.promise.catch(() => {});
    const onSignal = (exit: 130 | 143, what: string) => (): void => {
      const error = new HostError('INTERRUPTED', `Stopped: ${what}.`, {
        hint: left,
        details: { exit },
      });
      if (ending.signal.aborted) this.#forced.reject(ending.signal.reason);
      else ending.abort(error);
    };
    this.#releases = [
      io.onSignal('SIGINT', onSignal(130, 'interrupted by Ctrl-C')),
      io.onSignal('SIGTERM', onSignal(143, 'ended by SIGTERM')),
    ];
    if (timeoutMs === undefined) return;
    const late = `It was not over within ${duration(timeoutMs)}.`;
    const onTime = (): void =>
      ending.abort(new HostError('DEADLINE_EXCEEDED', late, { hint: left }));
    this.#releases.push(io.after(timeoutMs, onTime));
  }

  /** What the work answers, or why it is not waited for any longer. */
  async until<T>(work: Promise<T>): Promise<T> {
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const end = (): void => reject(this.signal.reason as Error);
    this.signal.addEventListener('abort', end, { once: true });
    if (this.signal.aborted) end();
    work.catch(() => {});
    try {
      return await Promise.race([work, ended]);
    } finally {
      this.signal.removeEventListener('abort', end);
    }
  }

  /** The same for what brings itself to an orderly end; only a second signal cuts it off. */
  unlessForced<T>(work: Promise<T>): Promise<T> {
    work.catch(() => {});
    return Promise.race([work, this.#forced.promise]);
  }

  release(): void {
    for (const release of this.#releases) release();
  }
}
