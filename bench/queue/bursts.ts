import { defaults } from '../../host/src/defaults.ts';
import { LoopWatch } from '../hosts/loop-watch.ts';
import type { Bench } from '../measure/bench.ts';
import type { Budget, Figure, Measure } from '../measure/figure.ts';
import { inFlight, inTurn, processorTime, type Sample } from '../measure/sides.ts';
import { whoRunPython, whoServe } from './beside.ts';
import { aloneLanes, type Ours } from './ours.ts';

/** Slow ones beside us take a quarter of a minute for a burst: two rounds of those, and fewer where less is to be seen. */
const turnsOf = ({ size }: Bench, rounds: number, secondsEach: number) => ({
  rounds: Math.min(rounds, size.rounds),
  secondsEach,
});

/** Trivial jobs in their thousands: with submitters that each wait for the end of theirs, and all handed over first. */
export async function bursts(bench: Bench, ours: Ours): Promise<Figure[]> {
  const loop = new LoopWatch();
  const jobs = bench.size.name === 'full' ? 1_000 : 200;
  return [
    ...(await eightInFlight(bench, ours, loop, jobs)),
    ...(await oneInFlight(bench, ours, loop, jobs)),
    await handedOverFirst(bench, ours, loop, jobs),
    ...(await lessAndMore(bench, ours, loop, jobs)),
    loop.figure('queue.stall', 'longest stall of the event loop meanwhile, whole host'),
  ];
}

async function eightInFlight(bench: Bench, ours: Ours, loop: LoopWatch, jobs: number) {
  const { alone, whole, resident } = ours;
  const through = (capability: string) =>
    loop.during(() => inFlight(jobs, 8, () => whole.runOne(capability), whole.workerPids));
  const sides = {
    alone: () => inFlight(jobs, 8, alone.runOne),
    node: through('node'),
    python: through('python'),
    client: () => inFlight(jobs, 8, () => resident.runOne(), resident.pids),
    ...(await bench.systems.sides('burst', jobs, 8)),
  };
  const measured = await inTurn(sides, turnsOf(bench, 5, 15));
  const { alone: bare, node, python, client, ...theirs } = measured;
  const named = (who: string) => `${count(jobs)}, 8 in flight, ${who}`;
  return [
    figure('burst.8', named('whole host, Node worker'), { capstan: node, ...theirs }, [
      fastEnough,
      aheadOfBullmq,
    ]),
    figure('burst.8.python', named('whole host, Python worker'), {
      capstan: python,
      ...whoRunPython(theirs),
    }),
    figure('burst.8.client', named('as a client of `capstan up`, Node worker'), {
      capstan: client,
      ...whoServe(theirs),
    }),
    figure('burst.8.alone', named('queue alone'), { capstan: bare }, [fastEnough]),
  ];
}

async function oneInFlight(bench: Bench, ours: Ours, loop: LoopWatch, jobs: number) {
  const { alone, whole } = ours;
  const sides = {
    alone: () => inFlight(jobs, 1, alone.runOne),
    node: loop.during(() => inFlight(jobs, 1, () => whole.runOne('node'), whole.workerPids)),
    ...(await bench.systems.sides('burst', jobs, 1)),
  };
  const { alone: bare, node, ...theirs } = await inTurn(sides, turnsOf(bench, 3, 8));
  const named = (who: string) => `${count(jobs)}, 1 in flight, ${who}`;
  return [
    figure('burst.1', named('whole host, Node worker'), { capstan: node, ...theirs }),
    figure('burst.1.alone', named('queue alone'), { capstan: bare }),
  ];
}

async function handedOverFirst(bench: Bench, { whole }: Ours, loop: LoopWatch, jobs: number) {
  const { capstan, ...theirs } = await inTurn(
    {
      capstan: loop.during(async (): Promise<Sample> => {
        const cpuMicros = processorTime(whole.workerPids);
        const start = performance.now();
        await whole.runMany(jobs);
        const seconds = (performance.now() - start) / 1_000;
        return { wall: jobs / seconds, cpuMicros: cpuMicros() / jobs };
      }),
      ...whoServe(await bench.systems.sides('drain', jobs, 8)),
    },
    turnsOf(bench, 3, 8),
  );
  return figure('drain', `${count(jobs)}, handed over first, whole host, Node worker`, {
    capstan,
    ...theirs,
  });
}

/** How the burst grows: a tenth of it, itself, ten times as much. */
async function lessAndMore(bench: Bench, { whole }: Ours, loop: LoopWatch, jobs: number) {
  const through = (many: number) =>
    loop.during(() => inFlight(many, 8, () => whole.runOne('node'), whole.workerPids));
  const { tenth, tenfold } = await inTurn(
    { tenth: through(jobs / 10), tenfold: through(jobs * 10) },
    turnsOf(bench, 3, 30),
  );
  const named = (many: number) => `${count(many)}, 8 in flight, whole host, Node worker`;
  return [
    figure('burst.8.tenth', named(jobs / 10), { capstan: tenth }),
    figure('burst.8.tenfold', named(jobs * 10), { capstan: tenfold }),
  ];
}

function figure(
  id: string,
  what: string,
  sides: { capstan: Measure } & Figure['sides'],
  budgets: readonly Budget[] = [],
): Figure {
  const tenfold = smaller[id];
  return {
    id: `queue.${id}`,
    what,
    unit: 'a second',
    sides,
    budgets,
    details: {
      'run at once': id.endsWith('.alone') ? `${aloneLanes}` : `${defaults.lanes}, the default`,
      ...(id.endsWith('.client') && { 'requests for a job': 'two: one submits, one waits' }),
    },
    ...(tenfold !== undefined && { tenfold }),
  };
}

const smaller: { readonly [id: string]: string } = {
  'burst.8': 'queue.burst.8.tenth',
  'burst.8.tenfold': 'queue.burst.8',
};

const source = 'architecture 7';
const fastEnough: Budget = { of: 'value', atLeast: 2_500, source };
const aheadOfBullmq: Budget = { of: 'speed', to: 'bullmq', atLeast: 1, source };

const count = (jobs: number): string => `${jobs.toLocaleString('en')} jobs`;
