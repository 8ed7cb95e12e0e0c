import type { MeasuredFigure, Results, Run } from '../results.ts';
import { budgets, type Promised } from './budgets.ts';
import { growths, growthSection } from './growth.ts';
import { blocks } from './markdown.ts';
import { machineWords, methodSection, noiseSection, systemsSection } from './method.ts';
import type { Explanation } from './missed.ts';
import { durableWork, neighboursSection, withNeighbours } from './neighbours.ts';
import { amountPlot, floorPlot, growthPlot, speedPlot } from './plots/all.ts';
import { topicTables } from './topic-tables.ts';

export interface Page {
  markdown: string;
  /** By the name of their file, in the folder that the page names. */
  plots: { readonly [file: string]: string };
  /** What somebody has to mend: the command ends with 1. */
  problems: readonly string[];
  /** What somebody may tidy up. */
  remarks: readonly string[];
}

/** What is known besides the results. */
export interface Knowledge {
  promises: readonly Promised[];
  missed: { readonly [figure: string]: Explanation };
  /** What a topic is about, and the order of topics. */
  topics: { readonly [name: string]: { readonly tells: string } };
  /** Where the plots lie, as seen from the page. */
  plotFolder: string;
}

/** The whole page, of results alone: the same results make the same page. */
export function pageOf(results: Results, knowledge: Knowledge): Page {
  const figures = inOrder(results.figures, Object.keys(knowledge.topics));
  const verdicts = budgets(figures, knowledge.promises, knowledge.missed);
  const grown = growths(figures);
  const drawn = draw({
    'speed.svg': [
      'How many times faster Capstan is than each other system',
      speedPlot(withNeighbours(figures)),
    ],
    'jobs.svg': ['Jobs a second, each system', jobsPlot(figures)],
    'floor.svg': ['How far Capstan is from the floor', floorPlot(besideFloor(figures))],
    ...speedPlotsOfTopics(figures),
    'growth.svg': ['What ten times as much costs', growthPlot(grown)],
  });
  const image = (file: string): string =>
    drawn[file] === undefined ? '' : `![${drawn[file].alt}](${knowledge.plotFolder}/${file})`;
  const markdown = blocks(
    '# Capstan, side by side',
    head(results),
    verdicts.markdown,
    neighboursSection(figures, results, blocks(image('jobs.svg'), image('speed.svg'))),
    image('floor.svg') === '' ? '' : blocks('## Capstan and the floor', image('floor.svg')),
    topicTables(
      figures,
      (topic) => knowledge.topics[topic]?.tells,
      (topic) => image(speedFileOf(topic)),
    ),
    growthSection(grown, image('growth.svg')),
    verdicts.others,
    systemsSection(results),
    methodSection(results),
    noiseSection(results),
  );
  return {
    markdown: `${markdown}\n`,
    plots: Object.fromEntries(Object.entries(drawn).map(([file, { svg }]) => [file, svg])),
    problems: verdicts.unexplained.map(
      (id) => `${id} misses its budget, and bench/page/missed.ts does not say why`,
    ),
    remarks: verdicts.stale.map(
      (id) => `${id} meets its budget again: bench/page/missed.ts still explains it`,
    ),
  };
}

function inOrder(figures: readonly MeasuredFigure[], topics: readonly string[]): MeasuredFigure[] {
  const place = ({ topic }: MeasuredFigure): number =>
    topics.includes(topic) ? topics.indexOf(topic) : topics.length;
  return figures.toSorted((a, b) => place(a) - place(b));
}

interface Drawings {
  [file: string]: [alt: string, svg: string | null];
}

function draw(all: Drawings) {
  const drawn: { [file: string]: { alt: string; svg: string } } = {};
  for (const [file, [alt, svg]] of Object.entries(all))
    if (svg !== null) drawn[file] = { alt, svg };
  return drawn;
}

/** What is to keep near the floor, since somebody asked for it; all that has one where nobody did. */
function besideFloor(figures: readonly MeasuredFigure[]): readonly MeasuredFigure[] {
  const asked = figures.filter(({ budgets: all = [] }) =>
    all.some((budget) => 'to' in budget && budget.to === 'floor'),
  );
  return asked.length === 0 ? figures : asked;
}

const speedFileOf = (topic: string): string => `speed-${topic}.svg`;

/** Of topics whose figures are not in the first plot already; one alone says it better in its table. */
function speedPlotsOfTopics(figures: readonly MeasuredFigure[]): Drawings {
  const first = durableWork(figures);
  const rest = withNeighbours(figures).filter((figure) => !first.includes(figure));
  const topics = [...new Set(rest.map(({ topic }) => topic))].filter(
    (topic) => rest.filter((figure) => figure.topic === topic).length > 1,
  );
  return Object.fromEntries(
    topics.map((topic) => [
      speedFileOf(topic),
      [
        `How many times faster Capstan is: ${topic}`,
        speedPlot(rest.filter((figure) => figure.topic === topic)),
      ],
    ]),
  );
}

/** The figures of the queue that count jobs in a second, for everything that was measured. */
const jobsPlot = (figures: readonly MeasuredFigure[]): string | null =>
  amountPlot(
    figures.filter(({ topic, unit }) => topic === 'queue' && unit === 'a second'),
    { title: 'Jobs a second', label: 'trivial jobs a second, submitted, done and known to be' },
  );

/** What this is, where and when it was measured, and how to repeat it. */
function head({ runs }: Results): string {
  const [first, last] = [runs[0], runs.at(-1)];
  if (first === undefined || last === undefined)
    return 'Nothing has been measured yet: `npm run bench`.';
  const commits = [...new Set(runs.map(commitOf))];
  const [from, to] = [dayOf(first), dayOf(last)];
  return blocks(
    'Capstan runs tools, each in an environment of its own, as durable jobs. This is what it costs, beside the ' +
      'systems it replaces, beside its neighbours, and beside what no program can do without on this machine: every ' +
      'side of a figure did the same work in turn with the others. Times are this machine’s; the ratios are what to ' +
      'take home.',
    `Measured ${from === to ? `on ${to}` : `from ${from} to ${to}`} on ${machineWords(last.machine)}; ` +
      `commit ${commits.join(', ')}. To repeat it: \`npm ci && npm run bench\`. ` +
      '[How to read and extend it](../docs/benchmarks.md).',
  );
}

const commitOf = ({ commit, dirty }: Run): string => `${commit}${dirty ? ' with changes' : ''}`;
const dayOf = ({ id }: Run): string => id.slice(0, 10);
