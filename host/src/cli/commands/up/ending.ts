import { HostError } from '../../../errors.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Io } from '../../io.ts';

interface Wish {
  because: string;
  graceMs: number;
}

/**
 * How a resident host is ended: by a first signal or a client, in order; by a second signal, at once. There
 * is nothing to lose then: workers die with their host, and what was accepted is on disk.
 */
export class Ending {
  readonly asked: Promise<Wish>;
  readonly #graceMs: number;
  readonly #ask: (wish: Wish) => void;
  readonly #forced = Promise.withResolvers<never>();
  readonly #releases: (() => void)[];
  #isAsked = false;

  constructor(io: Io, graceMs: number) {
    const { promise, resolve } = Promise.withResolvers<Wish>();
    this.asked = promise;
    this.#ask = resolve;
    this.#graceMs = graceMs;
    this.#forced.promise.catch(() => {});
    this.#releases = [
      io.onSignal('SIGINT', () => this.#signal('Ctrl-C', 130)),
      io.onSignal('SIGTERM', () => this.#signal('SIGTERM', 143)),
    ];
  }

  ask(because: string, graceMs = this.#graceMs): void {
    this.#isAsked = true;
    this.#ask({ because, graceMs });
  }

  /** What the work answers; throws INTERRUPTED as soon as the user insists. */
  unlessForced<T>(work: Promise<T>): Promise<T> {
    work.catch(() => {});
    return Promise.race([work, this.#forced.promise]);
  }

  release(): void {
    for (const release of this.#releases) release();
  }

  #signal(name: string, exit: ExitCode): void {
    if (!this.#isAsked) return this.ask(name);
    this.#forced.reject(
      new HostError('INTERRUPTED', `Ended at once: ${name}.`, {
        hint: 'What was accepted is kept, and goes on with the next host.',
        details: { exit },
      }),
    );
  }
}
