import { median } from './stats.ts';

/** One line of the results: what was measured, of us and of everything that did the same work beside us. */
export interface Figure {
  /** `topic.what.size`: plots, the page, the gate and later runs refer to it, so it stays. */
  id: string;
  /** In words, without the unit: "1,000 jobs, 8 in flight". */
  what: string;
  unit: Unit;
  /** `capstan` always; the others where they do the same work. */
  sides: { readonly [side in SideName]?: Measure };
  /** What the floor is, in words: "round trip and one fsync". */
  floor?: string;
  budgets?: readonly Budget[];
  /** The id of the figure with a tenth of the work. */
  tenfold?: string;
  /** What else is worth knowing, such as the longest stall meanwhile. */
  details?: { readonly [name: string]: string };
}

/** Of `a second` and `MB/s` more is better, of all others less. */
export type Unit = 'µs' | 'ms' | 's' | 'MB' | 'times' | 'a second' | 'MB/s';

export const sideNames = [
  'capstan',
  'floor',
  'cjm-substrate',
  'cjm-substrate-kindest',
  'cjm-substrate-0.0.58',
  'dos-kernel',
  'bullmq',
  'graphile-worker',
  'restate',
] as const;

/**
 * Those of cjm-substrate: as it is shipped, with its HTTP client's TLS context cached, and the release, as it
 * was shipped, of which the budgets speak.
 */
export type SideName = (typeof sideNames)[number];

export interface Measure {
  /** In the figure's unit, in the order measured. Round n of every side was measured in the same minute. */
  rounds: readonly number[];
  /** Processor time per act of all the side's processes, the median of the rounds. */
  cpuMicros?: number;
  /** What a reader has to know of it: "2 rounds only, since it is slow". */
  note?: string;
}

/** What a figure is to keep to, and who says so: "architecture 7". */
export type Budget = { source: string } & (
  | { of: 'value'; atMost: number }
  | { of: 'value'; atLeast: number }
  /** Ours divided by that side's. */
  | { of: 'ratio'; to: SideName; atMost: number }
  /** How many times faster than that side we are, whichever way the unit points. */
  | { of: 'speed'; to: SideName; atLeast: number }
);

/** Of neighbouring rounds: the median, the lowest and the highest. */
export interface Ratio {
  middle: number;
  lowest: number;
  highest: number;
}

export const moreIsBetter = (unit: Unit): boolean => unit === 'a second' || unit === 'MB/s';

export const middleOf = ({ rounds }: Measure): number => median(rounds);

/** Ours divided by another side's; null where that side has not measured it. */
export function ratioTo({ sides }: Figure, side: SideName): Ratio | null {
  const ours = sides.capstan?.rounds ?? [];
  const theirs = sides[side]?.rounds ?? [];
  const ratios = theirs.flatMap((value, round) => {
    const own = ours[round];
    return own === undefined ? [] : [own / value];
  });
  if (ratios.length === 0) return null;
  return { middle: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}

/** How many times faster (or smaller) we are than another side; below 1 where we are not. */
export function speedTo(figure: Figure, side: SideName): Ratio | null {
  const ratio = ratioTo(figure, side);
  if (ratio === null || moreIsBetter(figure.unit)) return ratio;
  const { middle, lowest, highest } = ratio;
  return { middle: 1 / middle, lowest: 1 / highest, highest: 1 / lowest };
}

/** Whether a budget is met; null where the side it is about was not there. */
export function isMet(figure: Figure, budget: Budget): boolean | null {
  const value = valueOf(figure, budget);
  if (value === null) return null;
  return 'atMost' in budget ? value <= budget.atMost : value >= budget.atLeast;
}

/** The number that a budget is about. */
export function valueOf(figure: Figure, budget: Budget): number | null {
  switch (budget.of) {
    case 'value':
      return figure.sides.capstan === undefined ? null : middleOf(figure.sides.capstan);
    case 'ratio':
      return ratioTo(figure, budget.to)?.middle ?? null;
    case 'speed':
      return speedTo(figure, budget.to)?.middle ?? null;
  }
}
