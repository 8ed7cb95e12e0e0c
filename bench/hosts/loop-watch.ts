import { setTimeout as pause } from 'node:timers/promises';
import type { Figure } from '../measure/figure.ts';
import { type LoopDelay, watchLoop } from '../measure/loop-delay.ts';
import type { Sample } from '../measure/sides.ts';

/** Watches the event loop of a host in this process while it is measured, and not while others are. */
export class LoopWatch {
  readonly #delays: LoopDelay[] = [];

  during<Some extends Sample>(act: () => Promise<Some>): () => Promise<Some> {
    return async () => {
      const delay = watchLoop();
      // Its first look only says where to count from: what the act does at once would not be seen.
      await pause(5);
      try {
        return await act();
      } finally {
        this.#delays.push(delay());
      }
    };
  }

  /** The longest of all rounds: what never may be is not told by a median. */
  figure(id: string, what: string): Figure {
    return {
      id,
      what,
      unit: 'ms',
      sides: { capstan: { rounds: [this.#most('longestMillis')] } },
      budgets: [{ of: 'value', atMost: 50, source: 'architecture 7' }],
      details: {
        'p99.9 of the worst round': `${this.#most('p999Millis').toFixed(1)} ms`,
        ...this.#busiest(),
      },
    };
  }

  /** Of a figure that is about something else. */
  details(): { readonly [name: string]: string } {
    return {
      'longest stall of the event loop': `${this.#most('longestMillis').toFixed(1)} ms`,
      ...this.#busiest(),
    };
  }

  #busiest() {
    return {
      'longest that it was busy itself': `${this.#most('busiestMillis').toFixed(1)} ms of processor time`,
    };
  }

  #most(which: keyof LoopDelay): number {
    return Math.max(...this.#delays.map((delay) => delay[which]));
  }
}
