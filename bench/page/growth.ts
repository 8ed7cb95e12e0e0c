import { type Figure, middleOf, moreIsBetter } from '../measure/figure.ts';
import { amount, factor } from './amounts.ts';
import { blocks, linkTo, table } from './markdown.ts';

/** A figure and the same with a tenth of the work. */
export interface Growth {
  small: Figure;
  large: Figure;
  /** By how much one act got slower (or memory larger), of the medians. */
  factor: number;
  /** The same of each round. */
  rounds: number[];
}

export function growths(figures: readonly Figure[]): Growth[] {
  return figures.flatMap((large) => {
    const small = figures.find(({ id }) => id === large.tenfold);
    const [few, many] = [small?.sides.capstan, large.sides.capstan];
    if (small === undefined || few === undefined || many === undefined) return [];
    const grown = (before: number, after: number): number =>
      moreIsBetter(large.unit) ? before / after : after / before;
    const rounds = many.rounds
      .slice(0, few.rounds.length)
      .map((after, n) => grown(few.rounds[n] ?? Number.NaN, after));
    const times = grown(middleOf(few), middleOf(many));
    return Number.isFinite(times) ? [{ small, large, factor: times, rounds }] : [];
  });
}

/** How each figure grows as the work grows ten times. */
export function growthSection(all: readonly Growth[], plot: string): string {
  if (all.length === 0) return '';
  return blocks(
    '## Ten times the work',
    'What a figure grows by when there is ten times as much: 1 is "it does not matter how much there is", 10 is "in ' +
      'step with it". Of rates, how much longer one act takes.',
    plot,
    table(
      ['', 'before', 'with ten times as much', 'grows by'],
      all.map(({ small, large, factor: times }) => [
        linkTo(large.id, bothWhats(small.what, large.what)),
        amount(middleOf(small.sides.capstan ?? { rounds: [] }), small.unit),
        amount(middleOf(large.sides.capstan ?? { rounds: [] }), large.unit),
        `${factor(times)} x`,
      ]),
    ),
  );
}

/** "append one row, 10,000 → 100,000 rows": what two names have in common, and both where they differ. */
export function bothWhats(small: string, large: string): string {
  const [few, many] = [small.split(' '), large.split(' ')];
  if (few.length !== many.length) return `${small} → ${large}`;
  const differs = many.map((word, place) => word !== few[place]);
  const [from, to] = [differs.indexOf(true), differs.lastIndexOf(true) + 1];
  const before = few.slice(from, to).join(' ').replace(/,$/, '');
  return [...many.slice(0, from), before, '→', ...many.slice(from)].join(' ');
}
