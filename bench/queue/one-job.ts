import type { Bench } from '../measure/bench.ts';
import { type Budget, type Figure, type Measure, middleOf } from '../measure/figure.ts';
import { inTurn, oneByOne } from '../measure/sides.ts';
import { whoRunPython, whoServe } from './beside.ts';
import type { Ours } from './ours.ts';

const jobs = 100;

/** One trivial job from submit to its observed end, which is on disk by then; one after the other. */
export async function oneJob({ size, systems }: Bench, ours: Ours): Promise<Figure[]> {
  const { whole, resident } = ours;
  const each = (act: () => unknown, pids?: () => readonly number[]) => () =>
    oneByOne(jobs, async () => act(), pids);
  const { floor, fsync, fsyncInPlace, alone, node, python, client, ...theirs } = await inTurn(
    {
      floor: each(async () => {
        await ours.floor.roundTrip();
        ours.floor.fsync();
      }),
      alone: each(ours.aloneWithCall.runOne),
      node: each(() => whole.runOne('node'), whole.workerPids),
      python: each(() => whole.runOne('python'), whole.workerPids),
      client: each(() => resident.runOne(), resident.pids),
      fsync: each(ours.floor.fsync),
      fsyncInPlace: each(ours.floor.fsyncInPlace),
      ...(await systems.sides('oneJob', jobs)),
    },
    { rounds: size.rounds, secondsEach: 14 },
  );
  const figure = (
    id: string,
    what: string,
    measured: { capstan: Measure } & Figure['sides'],
    budgets: readonly Budget[] = [],
  ): Figure => ({
    id: `queue.one-job.${id}`,
    what,
    unit: 'µs',
    sides: { floor, ...measured },
    floor: 'one round trip and one fsync',
    budgets,
    details: {
      'append and fsync': `${middleOf(fsync).toFixed(0)} µs`,
      'overwrite and fsync': `${middleOf(fsyncInPlace).toFixed(0)} µs`,
    },
  });
  return [
    figure('node', 'one job, whole host, Node worker', { capstan: node, ...theirs }, [
      toFloor,
      ...toReference,
    ]),
    figure('python', 'one job, whole host, Python worker', {
      capstan: python,
      ...whoRunPython(theirs),
    }),
    figure('client', 'one job, as a client of `capstan up`, Node worker', {
      capstan: client,
      ...whoServe(theirs),
    }),
    figure('alone', 'one job, queue alone, its work one bare round trip', { capstan: alone }, [
      toFloor,
    ]),
  ];
}

const source = 'architecture 7';
const toFloor: Budget = { of: 'ratio', to: 'floor', atMost: 3, source };
/** Those of the release that needed 10 ms at its kindest and 48 as shipped; newer ones need 10 in both. */
const toReference: readonly Budget[] = [
  { of: 'speed', to: 'cjm-substrate-kindest', atLeast: 15, source },
  { of: 'speed', to: 'cjm-substrate-0.0.58', atLeast: 70, source },
];
