import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProgressNotes } from '../../src/queue/progress-notes.ts';
import { jobSpec, openStore } from '../stores/workspace.ts';

const minute = 60_000;

test('progress is journaled once a minute at most, not in the first one, and only where it has risen', async (t) => {
  const { store, reader } = await openStore(t);
  const [job] = await store.submitJobs([jobSpec()]);
  assert.ok(job);
  const notes = new ProgressNotes(job, store, 0);
  const heard = (progress: number, atMs: number): void =>
    notes.heard(progress, `at ${progress}`, 'wrk_1', atMs);
  heard(0.1, 10);
  heard(0.2, minute - 1);
  heard(0.3, minute);
  heard(0.4, minute + 1);
  heard(0.5, 2 * minute);
  heard(0.5, 3 * minute);
  heard(0.4, 4 * minute);
  heard(-1, 5 * minute);
  heard(0.6, 6 * minute);
  await store.append([{ eventType: 'instance_loaded', payload: {} }]);
  const rows = reader.journal({ jobId: job.jobId, eventType: 'call_progressed' });
  assert.deepEqual(
    rows.map(({ payload, session, workerReported }) => [payload, session, workerReported]),
    [0.3, 0.5, 0.6].map((progress) => [{ progress, message: `at ${progress}` }, 'wrk_1', true]),
  );
});
