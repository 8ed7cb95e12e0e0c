import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import { Calls } from '../src/calls.ts';

const surroundings = {
  dirs: { data: '/d', models: '/m', calls: '/c' },
  secrets: {},
  config: () => ({}),
};

const run = (deadlineMs: number) => {
  const calls = new Calls(surroundings);
  const call = calls.open(
    { callId: 'call_1', deadlineMs, fence: null, wantsFrames: false },
    null,
    () => {},
  );
  return calls.run(call, deadlineMs, new Set(), () => delay(20, 'done'));
};

test('a call is stopped at its deadline, and not by one that is months away', async () => {
  const outcome = await run(5);
  assert.ok(outcome.kind === 'error');
  assert.equal(outcome.error.code, 'DEADLINE_EXCEEDED');
  assert.deepEqual(await run(40 * 24 * 3_600_000), { kind: 'result', json: '"done"' });
});
