import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admit, heldUp, Line, type Waiting } from '../../src/kernel/index.ts';
import { gib } from '../kernel/admission/worlds.ts';
import { measuredAs, world } from './world.ts';

// Weak points of the reference's queue, each by the number it has in the list of them.

const job = (jobId: string, instance: string, age: number): Waiting => ({
  jobId,
  instance,
  priority: 0,
  age,
});

test('22: a dispatch looks at the head of each line, however many jobs stand behind it', () => {
  const lines = new Map(['free', 'held'].map((instance) => [instance, new Line()]));
  for (let age = 0; age < 100_000; age++) {
    lines.get('held')?.add(job(`held_${age}`, 'held', age));
    lines.get('free')?.add(job(`free_${age}`, 'free', age));
  }
  const obstacleOf = (instance: string) =>
    instance === 'held' ? { kind: 'memory' as const, text: 'waiting' } : null;
  const house = { lanes: 4, slotsOf: () => 1, running: new Map(), lines, obstacleOf };
  const begun = performance.now();
  for (let count = 0; count < 100; count++) {
    assert.equal(admit(house)?.instance, 'free');
    assert.deepEqual(
      heldUp(house).map(({ jobId }) => jobId),
      ['held_0'],
    );
  }
  assert.ok((performance.now() - begun) / 100 <= 1);
});

test('23: a job that was never measured starts beside others, and they beside it', async (t) => {
  const { broker, line, until, mayStart } = world(t);
  line('busy');
  await until(() => mayStart('busy'));
  broker.entered('busy');
  line('new');
  await until(() => mayStart('new'));
  broker.entered('new');
  line('third');
  await until(() => mayStart('third'));
});

test('24: memory that others free is noticed by itself, and a wait for it has a reason', async (t) => {
  const { state, broker, line, until, mayStart } = world(t);
  state.needs.set('needy', measuredAs(32));
  state.strangers.ram = 50;
  line('needy');
  await until(() => broker.obstacle('needy')?.kind === 'memory');
  state.strangers.ram = 4;
  await until(() => mayStart('needy'));
});

test('30: what a failed call held neither sizes a profile nor makes a job fail', async (t) => {
  const { state, line, until, mayStart } = world(t, { policy: { guessWaitMs: 100 } });
  state.needs.set('speech', { failed: { rssBytes: 500 * gib, vramBytes: null } });
  line('speech');
  await until(() => mayStart('speech'));
});

test('31: two GPUs are two: what is free on both together is free on neither', async (t) => {
  const { broker, state, line, until } = world(t);
  state.gpus = [24, 24];
  state.strangers.vram = [12, 12];
  state.needs.set('model', measuredAs(1, 16));
  line('model');
  await until(() => broker.obstacle('model')?.kind === 'gpu');
  assert.match(broker.obstacle('model')?.text ?? '', /memory of GPU [01]/);
});
