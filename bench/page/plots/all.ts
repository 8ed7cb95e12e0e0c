import {
  type Figure,
  type Measure,
  middleOf,
  moreIsBetter,
  ratioTo,
  type SideName,
  sideNames,
  speedTo,
} from '../../measure/figure.ts';
import { amount, digits, factor } from '../amounts.ts';
import { bothWhats, type Growth } from '../growth.ts';
import { systemsBeside } from '../neighbours.ts';
import { strips } from './strips.ts';

/** How many times faster Capstan is than each system that did the same work; null where none did. */
export function speedPlot(figures: readonly Figure[]): string | null {
  const rows = figures.flatMap((figure) => {
    const found = systemsBeside.flatMap((side) => {
      const speed = speedTo(figure, side);
      if (speed === null) return [];
      const { middle } = speed;
      return [{ side, rounds: speedsOfRounds(figure, side), middle, text: `${factor(middle)} x` }];
    });
    return found.length === 0 ? [] : [{ label: figure.what, strips: found }];
  });
  if (rows.length === 0) return null;
  return strips({
    title: 'How many times faster (of memory: smaller) Capstan is at the same work',
    description:
      'For each figure and each system, the median over the rounds and every round. To the right of the line at 1 Capstan is faster or smaller, to its left the other is.',
    axis: { label: 'times faster than that system (logarithmic)', text: factorText },
    marks: [{ value: 1, text: 'as fast as Capstan' }],
    rows,
  });
}

function speedsOfRounds(figure: Figure, side: SideName): number[] {
  const ours = figure.sides.capstan?.rounds ?? [];
  const theirs = figure.sides[side]?.rounds ?? [];
  return theirs.slice(0, ours.length).map((value, round) => {
    const ratio = (ours[round] ?? Number.NaN) / value;
    return moreIsBetter(figure.unit) ? ratio : 1 / ratio;
  });
}

/** Figures of one unit, every side on the same axis; null where there is nothing to show. */
export function amountPlot(
  figures: readonly Figure[],
  { title, label }: { title: string; label: string },
): string | null {
  const [first] = figures;
  if (first === undefined) return null;
  const { unit } = first;
  return strips({
    title,
    description: `${title}: every side of each figure, the median over the rounds and every round.`,
    axis: { label: `${label} (logarithmic)`, text: (value) => withoutZeros(amount(value, unit)) },
    rows: figures.map((figure) => ({
      label: figure.what,
      strips: sidesOf(figure).map(([side, measure]) => ({
        side,
        rounds: measure.rounds,
        text: amount(middleOf(measure), unit),
      })),
    })),
  });
}

const sidesOf = ({ sides }: Figure): [SideName, Measure][] =>
  sideNames.flatMap((side): [SideName, Measure][] => {
    const measure = sides[side];
    return measure === undefined || measure.rounds.length === 0 ? [] : [[side, measure]];
  });

/** How much of what is measured is ours, and how much nobody could avoid; null where no floor was measured. */
export function floorPlot(figures: readonly Figure[]): string | null {
  const rows = figures.flatMap((figure) => {
    const ratio = ratioTo(figure, 'floor');
    if (ratio === null) return [];
    const rate = moreIsBetter(figure.unit);
    const turned = (value: number): number => (rate ? 1 / value : value);
    const floor = figure.sides.floor?.rounds ?? [];
    const rounds = (figure.sides.capstan?.rounds ?? [])
      .slice(0, floor.length)
      .map((value, round) => turned(value / (floor[round] ?? Number.NaN)));
    const middle = turned(ratio.middle);
    return [
      {
        label: figure.what,
        strips: [{ side: 'capstan' as const, rounds, middle, text: `${factor(middle)} x` }],
      },
    ];
  });
  if (rows.length === 0) return null;
  return strips({
    title: 'How far Capstan is from what the machine cannot go below',
    description:
      'For each figure that has a floor, how many times as long Capstan takes: the median over the rounds and every round.',
    axis: { label: 'times the floor (logarithmic)', text: factorText },
    marks: [{ value: 1, text: 'the floor' }],
    rows,
  });
}

/** What each figure grows by when the work grows ten times; null where nothing was measured at two sizes. */
export function growthPlot(growths: readonly Growth[]): string | null {
  if (growths.length === 0) return null;
  return strips({
    title: 'Ten times as much: what it costs then',
    description:
      'For each figure, how many times as long one act takes (or how much more memory it needs) with ten times as much. At 1 it does not matter how much there is; at 10 it grows in step.',
    axis: { label: 'grows by (logarithmic)', text: factorText },
    marks: [
      { value: 1, text: 'not at all' },
      { value: 10, text: 'in step' },
    ],
    rows: growths.map(({ small, large, factor: times, rounds }) => ({
      label: bothWhats(small.what, large.what),
      strips: [{ side: 'capstan', rounds, middle: times, text: `${factor(times)} x` }],
    })),
  });
}

const factorText = (value: number): string => `${withoutZeros(digits(value))} x`;

/** An axis is marked at round values: "10/s", not "10.0/s". */
const withoutZeros = (text: string): string => text.replace(/\.0+(?=\D|$)/, '');
