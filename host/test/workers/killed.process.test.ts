import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { LiveWorker } from '../../src/workers/index.ts';
import { start } from './fixtures.ts';

const kills = 200;
const lanes = 4;

test(`of ${kills} kills at any moment of a call none is misread`, async (t) => {
  let left = kills;
  let lost = 0;
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      // oxlint-disable-next-line no-await-in-loop -- each lane has one worker
      const { worker } = await start(t, 'well-behaved');
      // oxlint-disable-next-line no-await-in-loop
      if (await killDuringCall(worker, Math.abs(left % 40) / 10)) lost += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  assert.ok(lost > kills / 2, `only ${lost} of the calls were lost`);
});

/** Whether the call was lost; it may also have been over already. */
async function killDuringCall(worker: LiveWorker, afterMs: number): Promise<boolean> {
  const call = worker.call({
    callId: 'call_1',
    // some are over when the signal comes, most wait for ever
    target: { action: afterMs < 1 ? 'echo' : 'wait' },
    kwargs: { value: 1 },
    onFrame: () => {},
  });
  await delay(afterMs);
  process.kill(worker.pid, 'SIGKILL');
  const outcome = await call;
  if (outcome.kind === 'result') return false;
  assert.equal(outcome.kind, 'lost', JSON.stringify(outcome));
  const { code, category, retriable, message } = outcome.error;
  assert.deepEqual([code, category, retriable], ['WORKER_LOST', 'transient', true], message);
  assert.match(message, /was killed by SIGKILL/);
  return true;
}
