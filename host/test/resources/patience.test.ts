import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Patience } from '../../src/resources/gpus/patience.ts';
import type { GpuReading } from '../../src/resources/gpus/source.ts';

const times = { waitMs: 30, keepMs: 60_000, pauseMs: 60_000 };
const reading = (used: number): GpuReading => ({
  gpus: [
    {
      index: 0,
      name: 'A',
      vendor: 'nvidia',
      total: 100,
      used,
      busyPercent: null,
      isUnified: false,
      processes: [],
    },
  ],
  problems: [],
});

/** A program whose every answer the test gives. */
function program(more: Partial<typeof times> = {}) {
  const asked: ((reading: GpuReading) => void)[] = [];
  const ask = () => new Promise<GpuReading>((resolve) => void asked.push(resolve));
  const patience = new Patience('smi', ask, { ...times, ...more });
  const answer = (said: GpuReading): void => asked.at(-1)?.(said);
  return { asked, answer, look: () => patience.look() };
}

test('the first look waits for the answer, for nothing is known yet', async () => {
  const { answer, look } = program();
  const first = look();
  let isOver = false;
  void first.then(() => (isOver = true));
  await new Promise((resolve) => setTimeout(resolve, 3 * times.waitMs));
  assert.equal(isOver, false);
  answer(reading(7));
  assert.equal((await first).gpus[0]?.used, 7);
});

test('later looks wait a little and hear what was known; the late answer serves the next one', async () => {
  const { asked, answer, look } = program();
  const first = look();
  answer(reading(7));
  await first;

  const late = await look();
  assert.equal(late.gpus[0]?.used, 7);
  assert.equal(late.gpus[0]?.processes, null, 'who holds what may have changed');
  assert.match(late.problems[0] ?? '', /^smi has not answered for 0\.\d s/);
  await look();
  assert.equal(asked.length, 2, 'one question is under way at a time');

  const next = look();
  answer(reading(9));
  assert.equal((await next).gpus[0]?.used, 9);
  assert.deepEqual((await next).problems, []);
});

test('a failure that comes at once is asked about again, one that took long is left alone', async () => {
  const failed: GpuReading = { gpus: [], problems: ['smi: no'] };
  const quick = program();
  for (const _ of [1, 2]) {
    const look = quick.look();
    quick.answer(failed);
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    assert.deepEqual((await look).problems, ['smi: no']);
  }
  assert.equal(quick.asked.length, 2);

  const slow = program({ waitMs: 0 });
  const first = slow.look();
  slow.answer(failed);
  await first;
  assert.deepEqual(await slow.look(), failed);
  assert.equal(slow.asked.length, 1);
});

test('what was known is forgotten when it is too old, and devices that are gone are gone', async () => {
  const old = program({ keepMs: 0, waitMs: 1 });
  const first = old.look();
  old.answer(reading(7));
  await first;
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual((await old.look()).gpus, []);

  const gone = program();
  const before = gone.look();
  gone.answer(reading(7));
  await before;
  const after = gone.look();
  gone.answer({ gpus: [], problems: [] });
  assert.deepEqual(await after, { gpus: [], problems: [] });
});
