import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterMs } from '../src/clock.ts';

const day = 24 * 3_600_000;
const reachMs = 2 ** 31 - 1;

test('what is to happen in sixty days happens then, and not at once', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let happened = 0;
  afterMs(60 * day, () => (happened += 1));
  // By the most that a timer reaches: a timer that is set within a tick begins at the end of that tick.
  t.mock.timers.tick(reachMs);
  t.mock.timers.tick(reachMs);
  t.mock.timers.tick(60 * day - 2 * reachMs - 1);
  assert.equal(happened, 0);
  t.mock.timers.tick(1);
  assert.equal(happened, 1);
});

test('what was called off does not happen, also when part of the wait is over', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let happened = 0;
  const callOff = afterMs(60 * day, () => (happened += 1));
  t.mock.timers.tick(25 * day);
  callOff();
  t.mock.timers.tick(60 * day);
  assert.equal(happened, 0);
});
