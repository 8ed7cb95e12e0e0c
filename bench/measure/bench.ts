import type { Systems } from '../systems/index.ts';
import type { Figure } from './figure.ts';

/** What a topic is measured with. */
export interface Bench {
  /** Empty, the topic's own, on the disk to be measured; removed afterwards. */
  folder: string;
  size: Size;
  /** What the same work is done by beside us. */
  systems: Systems;
  /** For whoever waits: one line that the next one replaces. */
  say: (text: string) => void;
}

/** Measures one topic. */
export type Topic = (bench: Bench) => Promise<Figure[]>;

/** How much is measured: all of it, or what fits into a coffee break. */
export interface Size {
  name: 'full' | 'quick';
  rounds: number;
  /** That a side may take of one figure, in all its rounds. */
  secondsEach: number;
}

export const sizes: { readonly [name in Size['name']]: Size } = {
  full: { name: 'full', rounds: 9, secondsEach: 40 },
  quick: { name: 'quick', rounds: 3, secondsEach: 8 },
};
