/** An instance whose calls run, with what was granted for them. */
export interface SeatInTheWay {
  instance: string;
  amounts: { readonly [resource: string]: number };
}

/** One that has waited for longer than others may pass it. */
export interface AgedWaiter {
  /** In words: a job, or whoever it is in another workspace. */
  name: string;
  /** An instance of this host, or null. */
  instance: string | null;
  resource: string;
  shortfall: number;
}

/**
 * Which instances start no further job, and for whom: those that hold what somebody has waited for too long, the
 * largest first, and no more of them than it takes. Jobs that pass a waiting one keep the machine busy; without this
 * they could do so for ever.
 */
export function givesWay(
  seats: readonly SeatInTheWay[],
  waiters: readonly AgedWaiter[],
): ReadonlyMap<string, AgedWaiter> {
  const giving = new Map<string, AgedWaiter>();
  for (const waiter of waiters) {
    const held = ({ amounts }: SeatInTheWay): number => amounts[waiter.resource] ?? 0;
    const inTheWay = seats
      .filter((seat) => seat.instance !== waiter.instance && held(seat) > 0)
      .toSorted((a, b) => held(b) - held(a) || (a.instance < b.instance ? -1 : 1));
    let missing = waiter.shortfall;
    for (const seat of inTheWay) {
      if (missing <= 0) break;
      missing -= held(seat);
      if (!giving.has(seat.instance)) giving.set(seat.instance, waiter);
    }
  }
  return giving;
}
