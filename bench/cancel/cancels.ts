import { defaults } from '../../host/src/defaults.ts';
import type { LoopWatch } from '../hosts/loop-watch.ts';
import type { WholeHost } from '../hosts/whole-host.ts';
import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { inTurn, type Sample } from '../measure/sides.ts';
import { median } from '../measure/stats.ts';
import type { TheirStalls } from './their-stalls.ts';

const each = 5;
/** That a call has to end by itself, before it is ended: by default the same in both systems. */
const graceMs = defaults.cancelGraceMs;
const soonEnough = { of: 'value', atMost: 10, source: 'the queue' } as const;

/** Of a call that ends itself when it is asked to. */
export async function cooperative(
  { size, systems }: Bench,
  whole: WholeHost,
  loop: LoopWatch,
  stalls: TheirStalls,
): Promise<Figure[]> {
  const { node, python, ...theirs } = await inTurn(
    {
      node: loop.during(() => cancelled(whole, 'node', 'wait', each)),
      python: loop.during(() => cancelled(whole, 'python', 'wait', each)),
      ...stalls.during(await systems.sides('cancel', 'cooperative')),
    },
    size,
  );
  const common = { unit: 'ms', budgets: [soonEnough] } as const;
  return [
    {
      ...common,
      id: 'cancel.node',
      what: 'cancel of a call that honours it, Node worker',
      sides: { capstan: node },
    },
    {
      ...common,
      id: 'cancel.python',
      what: 'cancel of a call that honours it, Python worker',
      sides: { capstan: python, ...theirs },
    },
  ];
}

/** Of a call that hears nothing and keeps its processor: its worker is ended. */
export async function forced(
  { size, systems }: Bench,
  whole: WholeHost,
  loop: LoopWatch,
  stalls: TheirStalls,
): Promise<Figure> {
  const sides = {
    ...stalls.during(await systems.sides('cancel', 'forced')),
    capstan: loop.during(() => cancelled(whole, 'deaf', 'ignore', 1)),
  };
  const afterGrace = Object.entries(sides).map(([side, act]) => [
    side,
    async (): Promise<Sample> => {
      const sample = await act();
      return { ...sample, wall: sample.wall - graceMs };
    },
  ]);
  return {
    id: 'cancel.forced',
    what: 'cancel of a call that hears nothing, beyond the grace it is given',
    unit: 'ms',
    sides: await inTurn(Object.fromEntries(afterGrace) as typeof sides, {
      rounds: Math.min(2, size.rounds),
    }),
    details: { 'the grace, of each': `${graceMs / 1_000} s` },
  };
}

/** Milliseconds from asking to the end on disk, the median of so many. */
async function cancelled(
  whole: WholeHost,
  capability: string,
  action: string,
  count: number,
): Promise<Sample> {
  const walls: number[] = [];
  for (let n = 0; n < count; n++) {
    // oxlint-disable no-await-in-loop -- one after the other, so that neither disturbs the other
    const jobId = await whole.submit(capability, action);
    await whole.atWork(jobId);
    const start = performance.now();
    await whole.host.cancel(jobId, 'measured');
    const state = await whole.ends.ofJob(jobId);
    // oxlint-enable no-await-in-loop
    if (state !== 'cancelled') throw new Error(`a cancelled job ended ${state}`);
    walls.push(performance.now() - start);
  }
  return { wall: median(walls) };
}
