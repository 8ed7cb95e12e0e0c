import type { Measure, SideName } from '../measure/figure.ts';
import type { Sample } from '../measure/sides.ts';

type Cancelled = Sample & { stallMs: number };
type Cancels = { readonly [side in SideName]?: () => Promise<Cancelled> };

/** Keeps the longest stall of the event loop of each system beside us, while its cancels are measured. */
export class TheirStalls {
  readonly #longest = new Map<SideName, number>();

  during(sides: Cancels): Cancels {
    return Object.fromEntries(
      Object.entries(sides).map(([side, act]) => [
        side,
        async (): Promise<Cancelled> => {
          const cancelled = await act();
          this.#note(side as SideName, cancelled.stallMs);
          return cancelled;
        },
      ]),
    );
  }

  measures(): { readonly [side in SideName]?: Measure } {
    return Object.fromEntries([...this.#longest].map(([side, ms]) => [side, { rounds: [ms] }]));
  }

  #note(side: SideName, stallMs: number): void {
    this.#longest.set(side, Math.max(stallMs, this.#longest.get(side) ?? 0));
  }
}
