import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobSpec, openStore } from './workspace.ts';

test('a stream whose host ended has failed, begun or not, and is never run again', async (t) => {
  const { store, reader } = await openStore(t);
  const specs = [
    jobSpec({ stream: true }),
    jobSpec({ stream: true, effects: 'unsafe' }),
    jobSpec(),
  ];
  const [begun, unsafe, plain] = await store.submitJobs([...specs, jobSpec({ stream: true })]);
  for (const job of [begun, unsafe, plain]) await store.startAttempt(job?.jobId ?? '', 'call');
  const report = await store.recover();
  assert.equal(report.lost.length, 3);
  assert.deepEqual(report.rerun, [plain?.jobId]);
  assert.deepEqual(report.needsDecision, []);
  for (const jobId of report.lost) {
    const job = reader.job(jobId);
    assert.deepEqual([job?.state, job?.error?.code, job?.stream], ['failed', 'STREAM_LOST', true]);
  }
  assert.deepEqual((await store.recover()).lost, []);
  assert.deepEqual((await reader.replayCheck()).problems, []);
});

test('a stream takes neither a retry policy nor a key: it is not repeated', async (t) => {
  const { store } = await openStore(t);
  for (const over of [{ retry: { attempts: 2 } }, { idempotencyKey: 'k' }]) {
    await assert.rejects(store.submitJobs([jobSpec({ stream: true, ...over })]), {
      code: 'INPUT_INVALID',
    });
  }
});
