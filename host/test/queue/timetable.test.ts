import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Timetable } from '../../src/queue/timetable.ts';

/** A clock that stands still between turns of the hand, beside the real timers. */
function timetable(t: TestContext) {
  const clock = { nowMs: 0 };
  const told: string[][] = [];
  let heard = (): void => {};
  const table = new Timetable({ monotonicMs: () => clock.nowMs }, (jobIds) => {
    told.push(jobIds);
    heard();
  });
  t.after(() => table.stop());
  const next = () =>
    new Promise<void>((resolve) => {
      heard = resolve;
    });
  return { clock, table, told, next };
}

test('what is due is told together, in the order in which it became due', async (t) => {
  const { clock, table, told, next } = timetable(t);
  table.plan('late', 20);
  table.plan('early', 5);
  table.plan('much later', 100_000);
  clock.nowMs = 30;
  await next();
  assert.deepEqual(told, [['early', 'late']]);
  assert.equal(table.size, 1);
  assert.equal(table.leftMs('much later'), 99_970);
});

test('a timer that goes off too early is set again', async (t) => {
  const { clock, table, told, next } = timetable(t);
  table.plan('job', 3);
  setTimeout(() => {
    clock.nowMs = 3;
  }, 15);
  await next();
  assert.deepEqual(told, [['job']]);
  assert.equal(clock.nowMs, 3);
});

test('a new plan replaces the old one, and what was cancelled is not told', async (t) => {
  const { clock, table, told, next } = timetable(t);
  table.plan('moved', 1);
  table.plan('gone', 1);
  table.plan('moved', 8);
  table.cancel('gone');
  clock.nowMs = 2;
  assert.equal(table.leftMs('moved'), 6);
  clock.nowMs = 8;
  await next();
  assert.deepEqual(told, [['moved']]);
});

test('however many jobs wait, there is one timer', (t) => {
  const { table } = timetable(t);
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  for (let n = 0; n < 10_000; n++) table.plan(`job ${n}`, 10_000 + ((n * 7919) % 5_000));
  assert.equal(timers() - before, 1);
  assert.equal(table.size, 10_000);
});
