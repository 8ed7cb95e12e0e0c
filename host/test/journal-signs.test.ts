import assert from 'node:assert/strict';
import { test } from 'node:test';
import { journalSigns } from '../src/journal-signs.ts';
import { completed, jobSpec, openStore, wireError } from './stores/workspace.ts';

test('what a host saw is a change, what a tool or a queue says is life, and what people do is neither', async (t) => {
  const { store, reader } = await openStore(t);
  const [job] = await store.submitJobs([jobSpec({ retry: { attempts: 2, backoffMs: 0 } })]);
  assert.ok(job);
  const { jobId } = job;
  const told = { jobId, capability: 'speech', workerReported: true };
  await store.noteWaiting([{ jobId, reason: 'no slot is free' }]);
  const first = await store.startAttempt(jobId, 'call_1');
  assert.ok(first.kind === 'started');
  await store.append([
    { ...told, eventType: 'call_progressed', payload: { progress: 0.5, message: 'half' } },
    { ...told, eventType: 'task_account', payload: { type: 'note' } },
  ]);
  const error = { ...wireError('not now'), category: 'transient' as const, retriable: true };
  await store.finishAttempt(jobId, first.attempt, { kind: 'failed', error });
  await store.reorderJob(jobId, { priority: 7 });
  const second = await store.startAttempt(jobId, 'call_2');
  assert.ok(second.kind === 'started');
  await store.finishAttempt(jobId, second.attempt, completed('done'));
  const signs = journalSigns('job', reader.journal({ jobId }));
  assert.deepEqual(
    signs.map(({ what, isChange }) => `${isChange ? '+' : '-'} ${what}`),
    [
      '- job waiting',
      '+ job started',
      '+ call progressed: half',
      '- task account',
      '- job retrying',
      '- job started',
      '+ job finished (completed)',
    ],
  );
  assert.ok(signs.every(({ of, atMs }) => of === 'job' && Number.isFinite(atMs)));
});
