import {
  type Budget,
  type Figure,
  isMet,
  middleOf,
  type SideName,
  valueOf,
} from '../measure/figure.ts';
import { amount, factor } from './amounts.ts';
import { beside } from './beside.ts';
import { blocks, linkTo, table } from './markdown.ts';
import type { Explanation } from './missed.ts';
import { sideStories, sideWords } from './side-words.ts';

/** What holds a figure to its budgets, and what is wrong with the explanations of those that miss them. */
export interface Verdicts {
  markdown: string;
  /** Of figures that the design asks nothing of, for further down. */
  others: string;
  /** Ids of figures that miss a budget and have no explanation. */
  unexplained: string[];
  /** Ids of explanations whose figure meets all its budgets. */
  stale: string[];
}

/** A row of the design's table of budgets: its words, and the ids of the figures that tell whether it is kept. */
export interface Promised {
  what: string;
  of: RegExp;
}

/** Budgets of this source are those of the design. */
const design = 'architecture 7';

export function budgets(
  figures: readonly Figure[],
  promises: readonly Promised[],
  missed: { readonly [figure: string]: Explanation },
): Verdicts {
  const withBudget = figures.filter((figure) => (figure.budgets ?? []).length > 0);
  const misses = withBudget.filter((figure) => verdictsOf(figure).includes(false));
  const stale = withBudget.filter(
    (figure) => Object.hasOwn(missed, figure.id) && verdictsOf(figure).every((met) => met === true),
  );
  const promised = withBudget.filter((figure) =>
    (figure.budgets ?? []).some(({ source }) => source === design),
  );
  const others = withBudget.filter((figure) => !promised.includes(figure));
  if (withBudget.length === 0) return { markdown: '', others: '', unexplained: [], stale: [] };
  return {
    markdown: blocks(
      '## Budgets',
      summary(withBudget),
      promiseTable(promised, promises),
      whoIsBeside(withBudget),
      misses.length === 0 ? '' : explanations(misses, missed),
      stale.length === 0
        ? ''
        : `These are met again, and \`bench/page/missed.ts\` still explains them: ${stale.map(({ id }) => `\`${id}\``).join(', ')}.`,
    ),
    others:
      others.length === 0
        ? ''
        : blocks(
            '## Budgets beyond those of the design',
            budgetTable(others.map((figure) => rowOf(figure))),
          ),
    unexplained: misses.filter(({ id }) => !Object.hasOwn(missed, id)).map(({ id }) => id),
    stale: stale.map(({ id }) => id),
  };
}

const verdictsOf = (figure: Figure): (boolean | null)[] =>
  (figure.budgets ?? []).map((budget) => isMet(figure, budget));

function summary(figures: readonly Figure[]): string {
  const verdicts = figures.flatMap(verdictsOf);
  const count = (wanted: boolean | null): number =>
    verdicts.filter((verdict) => verdict === wanted).length;
  const missing = count(null);
  return (
    `**${count(true)} of ${verdicts.length} budgets are met, ${count(false) === 0 ? 'none is missed' : `${count(false)} missed`}**` +
    `${missing === 0 ? '' : `; ${missing} could not be judged, since the side they compare with was not measured`}. ` +
    'Ratios are medians of the ratios of neighbouring rounds; follow a line for its spread and processor time.'
  );
}

/** A reader may not know the others. */
function whoIsBeside(figures: readonly Figure[]): string {
  const sides: SideName[] = ['floor', ...reference];
  const told = sides.filter((side) => figures.some((figure) => figure.sides[side] !== undefined));
  return told.map((side) => `*${sideWords[side]}*: ${sideStories[side] ?? ''}`).join('; ');
}

/** One row for each figure of a promise, in the design's order; a promise that nothing was measured of says so. */
function promiseTable(figures: readonly Figure[], promises: readonly Promised[]): string {
  const rows = promises.flatMap(({ what, of }) => {
    const found = figures.filter(({ id }) => of.test(id));
    return found.length === 0
      ? [[`${what}: **not measured in these runs**`]]
      : found.map((figure) => rowOf(figure));
  });
  const rest = figures.filter(({ id }) => !promises.some(({ of }) => of.test(id)));
  return budgetTable([...rows, ...rest.map((figure) => rowOf(figure))]);
}

/** What Capstan replaces, which most budgets speak of. */
const reference: readonly SideName[] = [
  'cjm-substrate',
  'cjm-substrate-kindest',
  'cjm-substrate-0.0.58',
  'dos-kernel',
];

const budgetTable = (rows: readonly (readonly string[])[]): string =>
  table(
    ['what', 'Capstan', 'the floor', 'beside it', 'beside what it replaces', 'budget', 'met?'],
    rows,
  );

function rowOf(figure: Figure): string[] {
  const { id, what, unit, sides, floor } = figure;
  const value = (side: SideName): string => {
    const measure = sides[side];
    return measure === undefined || measure.rounds.length === 0
      ? ''
      : amount(middleOf(measure), unit);
  };
  const allBudgets = figure.budgets ?? [];
  return [
    linkTo(id, what),
    value('capstan'),
    [value('floor'), value('floor') === '' || floor === undefined ? '' : `(${floor})`]
      .join(' ')
      .trim(),
    withoutSpread(beside(figure, 'floor') ?? '').replace(/( than)? the floor$/, ''),
    reference
      .filter((side) => value(side) !== '')
      .map(
        (side) => `${sideWords[side]} ${value(side)}: ${withoutSpread(beside(figure, side) ?? '')}`,
      )
      .join('<br>'),
    allBudgets.map((budget) => budgetWords(budget, figure)).join('<br>'),
    allBudgets.map((budget) => verdictWords(figure, budget)).join('<br>'),
  ];
}

const withoutSpread = (words: string): string => words.replace(/ \([^)]*\)$/, '');

/** A budget as a sentence without a verb: "<= 1.5 x the floor", ">= 70 x faster than cjm-substrate". */
export function budgetWords(budget: Budget, { unit }: Pick<Figure, 'unit'>): string {
  const [sign, limit] = 'atMost' in budget ? ['≤', budget.atMost] : ['≥', budget.atLeast];
  switch (budget.of) {
    case 'value':
      return `${sign} ${amount(limit, unit).replace(/\.0+(?= )/, '')}`;
    case 'ratio':
      return `${sign} ${plain(limit)} x ${sideWords[budget.to]}`;
    case 'speed':
      return limit === 1
        ? `ahead of ${sideWords[budget.to]}`
        : `${sign} ${plain(limit)} x ${unit === 'MB' ? 'smaller' : 'faster'} than ${sideWords[budget.to]}`;
  }
}

const plain = (limit: number): string => String(Number(limit.toPrecision(3)));

function verdictWords(figure: Figure, budget: Budget): string {
  const met = isMet(figure, budget);
  if (met === null) return 'not measured';
  if (!met) return `**MISSED: ${actualWords(figure, budget)}**`;
  return budget.of === 'value' ? 'met' : `met: ${actualWords(figure, budget)}`;
}

function actualWords(figure: Figure, budget: Budget): string {
  const value = valueOf(figure, budget) ?? Number.NaN;
  return budget.of === 'value' ? amount(value, figure.unit) : `${factor(value)} x`;
}

/** Figures that miss theirs for the same reason share a line. */
function explanations(
  misses: readonly Figure[],
  missed: { readonly [figure: string]: Explanation },
): string {
  const known = Map.groupBy(misses, ({ id }) => (Object.hasOwn(missed, id) ? missed[id] : null));
  const items = [...known].map(([explanation, figures]) => {
    const why =
      explanation === null || explanation === undefined
        ? '**Nobody has said why.** Its reason and the next idea belong into `bench/page/missed.ts`.'
        : `${explanation.reason} *Next:* ${explanation.next}`;
    return `- ${figures.map(missWords).join('; ')}. ${why}`;
  });
  return blocks('### What is missed, why, and what is next', items.join('\n'));
}

function missWords(figure: Figure): string {
  const asked = (figure.budgets ?? [])
    .filter((budget) => isMet(figure, budget) === false)
    .map(
      (budget) => `${actualWords(figure, budget)} where ${budgetWords(budget, figure)} is asked`,
    );
  return `${linkTo(figure.id, figure.what)}: ${asked.join(' and ')}`;
}
