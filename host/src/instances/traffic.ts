import { unlessAborted } from './unless-aborted.ts';

/** Why no call gets in for the moment, and what its instance is called meanwhile. */
export interface Closure {
  why: string;
  state: 'reconfiguring' | 'reloading' | 'stopping';
}

export interface Entry<T> {
  signal: AbortSignal;
  onPhase: (text: string) => void;
  inside: (found: T) => void;
}

/**
 * The calls of one instance, counted, wherever they are: at the gate, before a worker that is on its way, or
 * inside one. Whoever has to wait for their end asks here, and hears of it in the very turn in which the last
 * of them has gone.
 */
export class Traffic {
  #atGate = 0;
  #waiting = 0;
  #inside = 0;
  #gate: (Closure & { opened: Promise<void> }) | null = null;
  #listeners: { isOver: () => boolean; tell: () => void }[] = [];

  get all(): number {
    return this.#atGate + this.#waiting + this.#inside;
  }

  /** Those that have passed the gate: they have a worker, or will get one. */
  get admitted(): number {
    return this.#waiting + this.#inside;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Null while the gate is open. */
  get closure(): Closure | null {
    return this.#gate;
  }

  /**
   * A call on its way to a worker: through the gate, and inside as soon as `find` has found one. There is no
   * moment in between in which it is not counted. Throws what `signal` is aborted with while the gate is closed.
   */
  async enter<T>(find: () => T | Promise<T>, { signal, onPhase, inside }: Entry<T>): Promise<T> {
    while (this.#gate !== null) {
      onPhase(this.#gate.why);
      this.#atGate += 1;
      try {
        // oxlint-disable-next-line no-await-in-loop -- it may be closed again before it is this one's turn
        await unlessAborted(this.#gate.opened, signal);
      } finally {
        this.#atGate -= 1;
      }
    }
    this.#waiting += 1;
    try {
      const found = await find();
      this.#inside += 1;
      inside(found);
      return found;
    } finally {
      this.#waiting -= 1;
    }
  }

  leave(): void {
    this.#inside -= 1;
  }

  /** Lets nobody in, waits until those that are have left, does something, and opens the gate again. */
  async inQuiet<T>(
    closure: Closure,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    this.#gate = { ...closure, opened };
    const quiet = Promise.withResolvers<void>();
    const callOff = this.whenNone('admitted', quiet.resolve);
    try {
      await unlessAborted(quiet.promise, signal);
      return await work();
    } finally {
      callOff();
      this.#gate = null;
      open();
    }
  }

  /** Calls back once: now, or when there are none any more. Returns how to call it off. */
  whenNone(which: 'all' | 'admitted', tell: () => void): () => void {
    const listener = { isOver: () => this[which] === 0, tell };
    if (listener.isOver()) {
      tell();
      return () => {};
    }
    this.#listeners.push(listener);
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== listener);
    };
  }

  /** To be called after every change that may have been the last of something. */
  settle(): void {
    const over = this.#listeners.filter(({ isOver }) => isOver());
    if (over.length === 0) return;
    this.#listeners = this.#listeners.filter((each) => !over.includes(each));
    for (const { tell } of over) tell();
  }
}
