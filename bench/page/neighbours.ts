import { type Figure, type SideName, sideNames } from '../measure/figure.ts';
import type { Results } from '../results.ts';
import { beside } from './beside.ts';
import { blocks, linkTo, table } from './markdown.ts';
import { sideStories, sideWords } from './side-words.ts';
import { medianOf } from './topic-tables.ts';

/** All but us and the floor. */
export const systemsBeside: readonly SideName[] = sideNames.filter(
  (side) => side !== 'capstan' && side !== 'floor',
);

/** Figures that at least one other system has done too. */
export const withNeighbours = (figures: readonly Figure[]): Figure[] =>
  figures.filter(({ sides }) =>
    systemsBeside.some((side) => (sides[side]?.rounds.length ?? 0) > 0),
  );

/** The same work by Capstan, by what it replaces and by its neighbours. */
export function neighboursSection(
  figures: readonly Figure[],
  results: Results,
  plots: string,
): string {
  const found = withNeighbours(figures);
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
    '"Faster" and "slower" say how Capstan stands beside that system.',
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
