import { join } from 'node:path';
import type { Figure } from '../figure.ts';
import { openBareQueue } from '../../hosts/bare-queue.ts';
import { openFloor } from '../../floors/open.ts';
import { cpuOf, inTurn, middle, oneByOne, ratioOf, type Sample } from '../sides.ts';
import { openWholeHost } from '../../hosts/whole-host.ts';
import { makeWorkspace } from '../../hosts/workspace.ts';
import type { Size } from '../size.ts';

/** One trivial job from submit to its committed end, against a bare round trip and one fsync. */
export async function oneJob(folder: string, { rounds }: Size): Promise<Figure[]> {
  const workspace = join(folder, 'workspace');
  await makeWorkspace(workspace);
  const floor = await openFloor(folder);
  const bare = await openBareQueue(join(folder, 'bare'), floor.roundTrip);
  const whole = await openWholeHost(workspace);
  const each = (act: () => unknown) => () => oneByOne(100, async () => act());
  const sides = await inTurn(rounds, {
    floor: each(async () => {
      await floor.roundTrip();
      floor.fsync();
    }),
    bare: each(bare.runOne),
    whole: each(() => whole.runOne()),
    roundTrip: each(floor.roundTrip),
    fsync: each(floor.fsync),
    fsyncInPlace: each(floor.fsyncInPlace),
  });
  await whole.close();
  await bare.close();
  await floor.close();
  const line = (what: string, samples: Sample[]): Figure => ({
    what,
    unit: 'µs',
    floor: middle(sides.floor),
    measured: middle(samples),
    ratio: ratioOf(samples, sides.floor),
    budget: { of: 'ratio', atMost: 3 },
    details: {
      'processor time': cpuOf(samples),
      'of the floor': cpuOf(sides.floor),
      'round trip': `${middle(sides.roundTrip).toFixed(0)} µs`,
      'append and fsync': `${middle(sides.fsync).toFixed(0)} µs`,
      'overwrite and fsync': `${middle(sides.fsyncInPlace).toFixed(0)} µs`,
    },
  });
  return [
    line('one job, bare HTTP executor', sides.bare),
    line('one job, whole host and Node worker', sides.whole),
  ];
}
