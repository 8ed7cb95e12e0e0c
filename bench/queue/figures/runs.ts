import { join } from 'node:path';
import { chain, fanOut } from '../compositions.ts';
import type { Figure } from '../figure.ts';
import { openFloor } from '../../floors/open.ts';
import { watchLoop } from '../../measure/loop-delay.ts';
import { cpuOf, inTurn, middle, oneByOne, ratioOf, type Sample, spreadOf } from '../sides.ts';
import type { Size } from '../size.ts';
import { openRunQueue } from '../../hosts/run-queue.ts';
import { openWholeHost } from '../../hosts/whole-host.ts';
import { makeWorkspace } from '../../hosts/workspace.ts';

const nodes = 100;

/** A chain of 100 nodes and 1 -> 100 -> 1, warm; the floor is as many round trips and fsyncs as a chain has. */
export async function runs(folder: string, { rounds }: Size): Promise<Figure[]> {
  const workspace = join(folder, 'workspace');
  await makeWorkspace(workspace);
  const floor = await openFloor(folder);
  const bare = await openRunQueue(join(folder, 'bare'));
  const whole = await openWholeHost(workspace);
  const long = chain(nodes);
  const wide = fanOut(nodes);
  const delay = watchLoop();
  const sides = await inTurn(rounds, {
    floor: () =>
      oneByOne(1, async () => {
        for (let n = 0; n < nodes; n++) {
          // oxlint-disable-next-line no-await-in-loop -- one after the other, as the nodes of a chain
          await floor.roundTrip();
          floor.fsync();
        }
      }),
    wholeChain: () => oneByOne(3, () => whole.runComposition(long)),
    wholeFan: () => oneByOne(3, () => whole.runComposition(wide)),
    bareChain: () => oneByOne(3, () => bare.run(long)),
    bareFan: () => oneByOne(3, () => bare.run(wide)),
  });
  const { p999Millis, longestMillis } = delay();
  await whole.close();
  await bare.close();
  await floor.close();
  const line = (what: string, samples: Sample[], atMost?: number): Figure => ({
    what,
    unit: 'ms',
    measured: middle(samples) / 1_000,
    floor: middle(sides.floor) / 1_000,
    ratio: ratioOf(samples, sides.floor),
    ...(atMost === undefined ? {} : { budget: { of: 'measured', atMost } }),
    details: { 'spread, µs': spreadOf(samples), 'processor time': cpuOf(samples) },
  });
  return [
    line('chain of 100 nodes, whole host and Node worker', sides.wholeChain, 80),
    line('1 -> 100 -> 1, whole host and Node worker', sides.wholeFan, 60),
    line('chain of 100 nodes, queue alone', sides.bareChain),
    line('1 -> 100 -> 1, queue alone', sides.bareFan),
    {
      what: 'event loop delay at p99.9 meanwhile',
      unit: 'ms',
      measured: p999Millis,
      budget: { of: 'measured', atMost: 50 },
      details: { longest: `${longestMillis.toFixed(1)} ms` },
    },
  ];
}
