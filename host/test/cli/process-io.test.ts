import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import { processIo } from '../../src/cli/process-io.ts';

test('a time limit of a month is not over at once', async () => {
  let happened = 0;
  const io = processIo();
  const callOff = io.after(31 * 24 * 3_600_000, () => (happened += 1));
  io.after(20, () => (happened += 10));
  await delay(50);
  callOff();
  assert.equal(happened, 10);
});
