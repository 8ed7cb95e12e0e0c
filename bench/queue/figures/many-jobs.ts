import { join } from 'node:path';
import { openBareQueue } from '../../hosts/bare-queue.ts';
import type { Figure } from '../figure.ts';
import { openFloor } from '../../floors/open.ts';
import { watchLoop } from '../../measure/loop-delay.ts';
import { cpuMicrosOf } from '../../measure/processor-time.ts';
import { cpuOf, inFlight, inTurn, middle, oneByOne, type Sample, spreadOf } from '../sides.ts';
import type { Size } from '../size.ts';
import { openWholeHost } from '../../hosts/whole-host.ts';
import { makeWorkspace } from '../../hosts/workspace.ts';

/** A thousand trivial jobs, eight of them in flight, and one. */
export async function manyJobs(folder: string, { rounds }: Size): Promise<Figure[]> {
  const workspace = join(folder, 'workspace');
  await makeWorkspace(workspace);
  const floor = await openFloor(folder);
  const bare = await openBareQueue(join(folder, 'bare'), () => Promise.resolve());
  const whole = await openWholeHost(workspace);
  await whole.runOne();
  let workerMicros = 0;
  const wide = async (): Promise<Sample> => {
    const before = cpuMicrosOf(whole.workerPid('node'));
    const sample = await inFlight(1_000, 8, () => whole.runOne());
    workerMicros = (cpuMicrosOf(whole.workerPid('node')) - before) / 1_000;
    return sample;
  };
  const delay = watchLoop();
  const sides = await inTurn(rounds, {
    bare: () => inFlight(1_000, 8, bare.runOne),
    whole: wide,
    bareAlone: () => inFlight(300, 1, bare.runOne),
    wholeAlone: () => inFlight(300, 1, () => whole.runOne()),
    fsync: () => oneByOne(100, async () => floor.fsync()),
    fsyncInPlace: () => oneByOne(100, async () => floor.fsyncInPlace()),
  });
  const { p999Millis, longestMillis } = delay();
  await whole.close();
  await bare.close();
  await floor.close();
  const line = (what: string, samples: Sample[], atLeast?: number): Figure => ({
    what,
    unit: 'a second',
    measured: middle(samples),
    ...(atLeast === undefined ? {} : { budget: { of: 'measured', atLeast } }),
    details: {
      spread: spreadOf(samples),
      'processor time': cpuOf(samples),
      fsync: `${middle(sides.fsync).toFixed(0)} µs appending, ${middle(sides.fsyncInPlace).toFixed(0)} µs in place`,
    },
  });
  const busy = line('1,000 jobs, 8 in flight, whole host and Node worker', sides.whole, 2_500);
  busy.details = { ...busy.details, 'its worker': `${workerMicros.toFixed(0)} µs each` };
  return [
    line('1,000 jobs, 8 in flight, queue alone', sides.bare, 2_500),
    busy,
    line('1 in flight, queue alone', sides.bareAlone),
    line('1 in flight, whole host and Node worker', sides.wholeAlone),
    {
      what: 'event loop delay at p99.9 meanwhile',
      unit: 'ms',
      measured: p999Millis,
      budget: { of: 'measured', atMost: 50 },
      details: { longest: `${longestMillis.toFixed(1)} ms` },
    },
  ];
}
