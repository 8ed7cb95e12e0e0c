import { median } from '../measure/stats.ts';
import { type SideName, sideNames } from '../measure/figure.ts';
import type { MeasuredFigure, Results, Run } from '../results.ts';
import type { Told } from '../systems/index.ts';
import type { Ability } from '../systems/system.ts';
import { amountWithSpread, factor } from './amounts.ts';
import { blocks, linkTo, list, table } from './markdown.ts';
import { abilityWords, sideWords } from './side-words.ts';

/** The other systems: which version, when a job is safe there, and what they were not asked for, with the reason. */
export function systemsSection({ runs, figures }: Results): string {
  const all = runs.map(({ systems }) => systems);
  const names = sideNames.filter((side) => all.some((systems) => systems[side] !== undefined));
  const latest = (side: SideName): Told | undefined =>
    all.findLast((systems) => systems[side] !== undefined)?.[side];
  const measured = (side: SideName): boolean =>
    figures.some(({ sides }) => (sides[side]?.rounds.length ?? 0) > 0);
  return blocks(
    '## What each system is, and what it was not asked',
    names.length === 0
      ? 'Nothing else was measured beside Capstan in these runs.'
      : table(
          ['', 'version', 'an accepted job is safe', 'not measured, because'],
          names.map((side) => {
            const told = latest(side);
            return [
              sideWords[side],
              told?.version ?? '',
              told?.durability ?? '',
              [
                ...(told?.absent === undefined || measured(side)
                  ? []
                  : [`**all of it**: ${told.absent}`]),
                ...reasonsOf(told?.cannot ?? {}),
              ].join('<br>'),
            ];
          }),
        ),
    failedTopics(runs),
  );
}

/** What has one reason is named together. */
function reasonsOf(cannot: Told['cannot']): string[] {
  const byReason = Map.groupBy(Object.entries(cannot), ([, why]) => why);
  return [...byReason].map(
    ([why, all]) =>
      `*${all.map(([ability]) => abilityWords[ability as Ability]).join(', ')}*: ${why}`,
  );
}

function failedTopics(runs: readonly Run[]): string {
  const failed = runs.flatMap(({ topics }) =>
    Object.entries(topics).flatMap(([name, { failed: why }]) =>
      why === undefined ? [] : [`**${name}** did not end: ${why}`],
    ),
  );
  return failed.length === 0 ? '' : list(failed);
}

/** What a reader has to know to believe a number, and to repeat it. */
export function methodSection({ runs }: Results): string {
  return blocks(
    '## How it was measured',
    list([
      'All sides of a figure are measured in turn, round by round (A B A B), in the same minutes: what else happens on the machine happens to all of them. One round of each comes first and is thrown away.',
      'A number is the median of its rounds, with the lowest and the highest. A ratio is the median of the ratios of neighbouring rounds, not the ratio of two medians.',
      'Other systems get the same payloads and the same tool, are driven inside their own process through their own documented client, and are set to be as durable as they can be.',
      'Processor time stands beside wall time: it counts all processes of a side and depends less on what else runs.',
      'A side that is so slow that it would hold up the others sits out rounds, at least two are measured, and its cell says so.',
      'The floor is what no implementation can do without: a bare round trip over a unix socket, one fsync, one commit of SQLite, the start of a bare interpreter.',
    ]),
    table(
      ['run', 'command', 'commit', 'took', 'machine'],
      runs.map(({ id, command, commit, dirty, seconds, machine, size }) => [
        id.slice(0, 16).replace('T', ' '),
        `\`${command.replace(/ --out \S+/, '')}\`${size === 'full' ? '' : ` (${size})`}`,
        `${commit}${dirty ? ', with changes' : ''}`,
        `${Math.ceil(seconds / 60)} min`,
        machineWords(machine),
      ]),
    ),
  );
}

export const machineWords = ({
  processors,
  model,
  memoryGb,
  kernel,
  node,
  sqlite,
  python,
}: Run['machine']): string =>
  `${processors} x ${model}, ${memoryGb} GB, Linux ${kernel.split('-')[0]}, Node ${node.replace(/^v/, '')}, SQLite ${sqlite}, ${python}`;

const noisy = 2;

/** How far rounds of the same thing lay apart, and how busy the machine was. */
export function noiseSection({ runs, figures }: Results): string {
  const spreads = figures
    .map((figure) => ({ figure, spread: spreadOf(figure) }))
    .filter(({ spread }) => Number.isFinite(spread))
    .toSorted((a, b) => b.spread - a.spread);
  if (spreads.length === 0) return '';
  const wild = spreads.filter(({ spread }) => spread >= noisy);
  const processors = runs.at(-1)?.machine.processors ?? 1;
  const loads = runs.flatMap(({ id }) => figures.find(({ run }) => run === id)?.load ?? []);
  const busiest = Math.max(...loads);
  const others =
    busiest <= processors / 4
      ? ''
      : ': **something else was at work**, so quote ratios and processor times, not times';
  return blocks(
    '## How noisy these runs were',
    `Of ${spreads.length} figures, half had a slowest round within ${factor(median(spreads.map(({ spread }) => spread)))} x of the fastest; ` +
      `${wild.length === 0 ? 'none' : wild.length} differed by ${noisy} x or more. ` +
      `Before the first figure the load of the machine, with ${processors} processors, was ${busiest.toFixed(1)}${others}.`,
    list(
      wild
        .slice(0, 8)
        .map(
          ({ figure, spread }) =>
            `${linkTo(figure.id, figure.what)}: ${factor(spread)} x, ${amountWithSpread(figure.sides.capstan?.rounds ?? [], figure.unit)}`,
        ),
    ),
  );
}

/** The highest round of ours divided by the lowest. */
function spreadOf({ sides }: MeasuredFigure): number {
  const rounds = sides.capstan?.rounds ?? [];
  return rounds.length < 2 ? Number.NaN : Math.max(...rounds) / Math.min(...rounds);
}
