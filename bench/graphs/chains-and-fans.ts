import { join } from 'node:path';
import type { Composition } from '../../host/src/compositions/index.ts';
import { type Floor, openFloor } from '../floors/open.ts';
import { LoopWatch } from '../hosts/loop-watch.ts';
import { openRunQueue } from '../hosts/run-queue.ts';
import { openWholeHost, type WholeHost } from '../hosts/whole-host.ts';
import { makeWorkspace } from '../hosts/workspace.ts';
import type { Bench } from '../measure/bench.ts';
import type { Budget, Figure, Measure } from '../measure/figure.ts';
import { inMillis, inTurn, oneByOne, type Sample } from '../measure/sides.ts';
import { chain, fanOut } from './compositions.ts';

/** Ours are so much faster than the slowest beside us that a round takes the median of a few. */
const runsEach = 3;
/** The slowest takes five for one. */
const secondsEach = 10;

/** A chain, each node given what the one before returned, and one node, many, one again; all warm. */
export async function chainsAndFans(bench: Bench): Promise<Figure[]> {
  const { folder } = bench;
  const workspace = join(folder, 'workspace');
  await makeWorkspace(workspace);
  const floor = await openFloor(folder);
  const alone = await openRunQueue(join(folder, 'alone'));
  const whole = await openWholeHost(workspace);
  const loop = new LoopWatch();
  const runs: Runs = {
    floor: (nodes) => timed(1, () => oneAfterTheOther(floor, nodes)),
    alone: (composition) => timed(runsEach, () => alone.run(composition)),
    whole: (composition) =>
      loop.during(timed(runsEach, () => whole.runComposition(composition), whole.workerPids)),
  };
  try {
    const figures: Figure[] = [];
    // oxlint-disable no-await-in-loop -- one after the other, so that neither disturbs the other
    for (const length of [10, 100]) figures.push(...(await chainOf(length, bench, runs)));
    for (const width of [10, 100]) figures.push(...(await fanOf(width, bench, runs)));
    // oxlint-enable no-await-in-loop
    if (bench.size.name === 'full') figures.push(await wideFan(whole));
    return [
      ...figures,
      loop.figure('graphs.stall', 'longest stall of the event loop meanwhile, whole host'),
    ];
  } finally {
    await whole.close();
    await alone.close();
    await floor.close();
  }
}

/** How a composition is run, or what stands for as many nodes. */
interface Runs {
  floor: (nodes: number) => () => Promise<Sample>;
  alone: (composition: Composition) => () => Promise<Sample>;
  whole: (composition: Composition) => () => Promise<Sample>;
}

async function chainOf(length: number, { size, systems }: Bench, runs: Runs): Promise<Figure[]> {
  const composition = chain(length);
  const { floor, capstan, alone, ...theirs } = await inTurn(
    {
      floor: runs.floor(length),
      capstan: runs.whole(composition),
      alone: runs.alone(composition),
      ...(await systems.sides('chain', length)),
    },
    { rounds: size.rounds, secondsEach },
  );
  const what = `chain of ${length} nodes`;
  return [
    figure(`chain.${length}`, `${what}, whole host, Node worker`, length, {
      floor,
      capstan,
      ...theirs,
    }),
    figure(`chain.${length}.alone`, `${what}, queue alone`, length, { floor, capstan: alone }),
  ];
}

async function fanOf(width: number, { size, systems }: Bench, runs: Runs): Promise<Figure[]> {
  const composition = fanOut(width);
  const { floor, capstan, alone, ...theirs } = await inTurn(
    {
      floor: runs.floor(width),
      capstan: runs.whole(composition),
      alone: runs.alone(composition),
      ...(await systems.sides('fan', width)),
    },
    { rounds: size.rounds, secondsEach },
  );
  const what = `1 → ${width} → 1`;
  return [
    figure(`fan.${width}`, `${what}, whole host, Node worker`, width, {
      floor,
      capstan,
      ...theirs,
    }),
    figure(`fan.${width}.alone`, `${what}, queue alone`, width, { floor, capstan: alone }),
  ];
}

/**
 * Whether what a node waits for, or who waits for it, is looked for among all others: only ours, only how it
 * grows. Checking so many nodes at once keeps the event loop, which this figure tells by itself.
 */
async function wideFan(whole: WholeHost): Promise<Figure> {
  const width = 1_000;
  const composition = fanOut(width);
  const loop = new LoopWatch();
  const run = timed(1, () => whole.runComposition(composition), whole.workerPids);
  const { capstan } = await inTurn({ capstan: loop.during(run) }, { rounds: 3 });
  return {
    ...figure(`fan.${width}`, '1 → 1,000 → 1, whole host, Node worker', width, { capstan }),
    details: loop.details(),
  };
}

const timed =
  (count: number, act: () => Promise<void>, pids?: () => readonly number[]) =>
  async (): Promise<Sample> =>
    inMillis(await oneByOne(count, act, pids));

async function oneAfterTheOther(floor: Floor, nodes: number): Promise<void> {
  for (let n = 0; n < nodes; n++) {
    // oxlint-disable-next-line no-await-in-loop -- as the nodes of a chain
    await floor.roundTrip();
    floor.fsync();
  }
}

function figure(
  id: string,
  what: string,
  nodes: number,
  sides: { capstan: Measure } & Figure['sides'],
): Figure {
  const tenfold = smaller[id];
  return {
    id: `graphs.${id}`,
    what,
    unit: 'ms',
    sides,
    ...(sides.floor !== undefined && {
      floor: `${nodes} round trips and fsyncs, one after the other`,
    }),
    budgets: budgets[id] ?? [],
    ...(tenfold !== undefined && { tenfold }),
  };
}

const smaller: { readonly [id: string]: string } = {
  'chain.100': 'graphs.chain.10',
  'fan.100': 'graphs.fan.10',
  'fan.1000': 'graphs.fan.100',
  'chain.100.alone': 'graphs.chain.10.alone',
  'fan.100.alone': 'graphs.fan.10.alone',
};

const source = 'architecture 7';
const faster: readonly Budget[] = [
  { of: 'speed', to: 'cjm-substrate-kindest', atLeast: 8, source },
  { of: 'speed', to: 'cjm-substrate-0.0.58', atLeast: 35, source },
];
const budgets: { readonly [id: string]: readonly Budget[] } = {
  'chain.100': [{ of: 'value', atMost: 80, source: 'the queue' }, ...faster],
  'fan.100': [{ of: 'value', atMost: 60, source: 'the queue' }, ...faster],
};
