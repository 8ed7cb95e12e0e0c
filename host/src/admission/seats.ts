import type { Seat } from './seat.ts';

export interface SeatsOptions {
  keepMs: number;
  /** Gives the lease back to the ledger. */
  giveBack(seat: Seat): void;
  /** Somebody else can do with what it holds. */
  isNeeded(seat: Seat): boolean;
}

/**
 * The seats of a host: taken before an instance's first call, kept while calls run and a moment longer, so that a burst
 * of short jobs asks once. While somebody waits they are given back as soon as the last call has ended.
 */
export class Seats {
  readonly #options: SeatsOptions;
  readonly #seats = new Map<string, Seat>();

  constructor(options: SeatsOptions) {
    this.#options = options;
  }

  of(instance: string): Seat | undefined {
    return this.#seats.get(instance);
  }

  has(instance: string): boolean {
    return this.#seats.has(instance);
  }

  all(): Seat[] {
    return [...this.#seats.values()];
  }

  /** Those that no call uses now. */
  get unused(): number {
    let count = 0;
    for (const { calls } of this.#seats.values()) if (calls === 0) count += 1;
    return count;
  }

  add(seat: Seat): void {
    this.#seats.set(seat.instance, seat);
    this.#releaseIn(seat, this.#options.keepMs);
  }

  enter(instance: string): Seat | undefined {
    const seat = this.#seats.get(instance);
    if (seat === undefined) return undefined;
    clearTimeout(seat.timer);
    seat.timer = undefined;
    seat.calls += 1;
    seat.isUsed = true;
    return seat;
  }

  leave(instance: string): Seat | undefined {
    const seat = this.#seats.get(instance);
    if (seat === undefined) return undefined;
    seat.calls -= 1;
    // Not in this very turn: another call of the instance may be about to begin.
    if (seat.calls === 0) {
      this.#releaseIn(seat, this.#options.isNeeded(seat) ? 0 : this.#options.keepMs);
    }
    return seat;
  }

  /** Those whose calls have ended are given back: somebody waits. */
  releaseUnused(): void {
    for (const seat of this.#seats.values()) if (seat.isUsed) this.release(seat);
  }

  releaseAll(): void {
    for (const seat of this.#seats.values()) {
      seat.calls = 0;
      this.release(seat);
    }
  }

  /** Unless it has got a call meanwhile. */
  release(seat: Seat): void {
    if (seat.calls > 0 || this.#seats.get(seat.instance) !== seat) return;
    clearTimeout(seat.timer);
    this.#seats.delete(seat.instance);
    this.#options.giveBack(seat);
  }

  #releaseIn(seat: Seat, ms: number): void {
    clearTimeout(seat.timer);
    seat.timer = setTimeout(() => this.release(seat), ms);
    if (ms > 0) seat.timer.unref();
  }
}
