import { type Figure, type SideName, sideNames } from '../measure/figure.ts';
import type { MeasuredFigure, Results } from '../results.ts';
import { beside } from './beside.ts';
import { blocks, linkTo, table } from './markdown.ts';
import { sideStories, sideWords } from './side-words.ts';
import { medianOf } from './topic-tables.ts';

/** All but us and the floor. */
export const systemsBeside: readonly SideName[] = sideNames.filter(
  (side) => side !== 'capstan' && side !== 'floor',
);

/** Figures that at least one other system has done too. */
export const withNeighbours = <Some extends Figure>(figures: readonly Some[]): Some[] =>
  figures.filter(({ sides }) =>
    systemsBeside.some((side) => (sides[side]?.rounds.length ?? 0) > 0),
  );

/** Durable work is what all of them are for; what else was compared stands with its topic. */
export const durableWork = (figures: readonly MeasuredFigure[]): MeasuredFigure[] =>
  withNeighbours(figures).filter(({ topic }) => topic === 'queue' || topic === 'graphs');

/** The same durable work by Capstan, by what it replaces and by its neighbours. */
export function neighboursSection(
  figures: readonly MeasuredFigure[],
  results: Results,
  plots: string,
): string {
  const found = durableWork(figures);
  if (found.length === 0) return '';
  const systems = systemsBeside.filter((side) =>
    found.some(({ sides }) => (sides[side]?.rounds.length ?? 0) > 0),
  );
  return blocks(
    '## Capstan beside the systems it replaces, and its neighbours',
    plots,
    table(
      ['', sideWords.capstan, ...systems.map((side) => sideWords[side])],
      [
        [
          '*is*',
          '*syncs each step to disk*',
          ...systems.map((side) => `*${sideStories[side] ?? ''}*`),
        ],
        [
          '*an accepted job is safe*',
          '*when it is accepted: fsync*',
          ...systems.map((side) => durabilityOf(results, side)),
        ],
        ...found.map((figure) => [
          linkTo(figure.id, figure.what),
          medianOf(figure, 'capstan'),
          ...systems.map((side) => stand(figure, side)),
        ]),
      ],
    ),
    '"Faster" and "slower" say how Capstan stands beside that system. Calls, starts, memory and leases are compared further down.',
  );
}

const durabilityOf = ({ runs }: Results, side: SideName): string => {
  const told = runs
    .map(({ systems }) => systems[side]?.durability)
    .findLast((text) => text !== undefined);
  return told === undefined ? '' : `*${told}*`;
};

/** "48.3 ms: 34 x faster". */
function stand(figure: Figure, side: SideName): string {
  const value = medianOf(figure, side);
  const words = beside(figure, side)?.replace(/ \([^)]*\)$/, '');
  return value === '' || words === undefined ? value : `${value}: ${words}`;
}
