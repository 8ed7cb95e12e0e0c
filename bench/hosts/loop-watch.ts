import type { Figure } from '../measure/figure.ts';
import { type LoopDelay, watchLoop } from '../measure/loop-delay.ts';
import type { Sample } from '../measure/sides.ts';

/** Watches the event loop of a host in this process while it is measured, and not while others are. */
export class LoopWatch {
  readonly #delays: LoopDelay[] = [];

  during<Some extends Sample>(act: () => Promise<Some>): () => Promise<Some> {
    return async () => {
      const delay = watchLoop();
      try {
        return await act();
      } finally {
        this.#delays.push(delay());
      }
    };
  }

  /** The longest of all rounds: what never may be is not told by a median. */
  figure(id: string, what: string): Figure {
    const longest = this.#delays.map(({ longestMillis }) => longestMillis);
    const usual = this.#delays.map(({ p999Millis }) => p999Millis);
    const busy = this.#delays.map(({ busiestMillis }) => busiestMillis);
    return {
      id,
      what,
      unit: 'ms',
      sides: { capstan: { rounds: [Math.max(...longest)] } },
      budgets: [{ of: 'value', atMost: 50, source: 'architecture 7' }],
      details: {
        'of each round': `${Math.min(...longest).toFixed(1)} to ${Math.max(...longest).toFixed(1)} ms`,
        'longest that it was busy itself': `${Math.max(...busy).toFixed(1)} ms of processor time`,
        'p99.9 of the worst round': `${Math.max(...usual).toFixed(1)} ms`,
      },
    };
  }
}
