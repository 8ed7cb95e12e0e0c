import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reader } from '../../src/stores/index.ts';
import { completed, failed, jobSpec, openStore } from './workspace.ts';

const phasesOf = (reader: Reader, jobId: string): unknown[] =>
  reader.journal({ jobId, eventType: 'job_cancel_phase' }).map(({ payload }) => payload);

test('a cancel goes from asking to force to done, each step journaled once', async (t) => {
  const { store, reader } = await openStore(t);
  const [job] = await store.submitJobs([jobSpec()]);
  assert.ok(job);
  await store.startAttempt(job.jobId, 'call');
  assert.deepEqual(await store.cancelJob(job.jobId, 'enough'), {
    kind: 'aborting',
    alreadyRequested: false,
  });
  assert.equal(reader.job(job.jobId)?.cancelPhase, 'cooperative');
  assert.equal((await store.cancelJob(job.jobId, 'really')).kind, 'aborting');
  const forced = { kind: 'moved', from: 'cooperative', to: 'force' };
  assert.deepEqual(await store.noteCancelPhase(job.jobId, 'force'), forced);
  assert.deepEqual(await store.noteCancelPhase(job.jobId, 'force'), { kind: 'late' });
  await store.finishAttempt(job.jobId, 1, failed('killed'));
  assert.deepEqual(phasesOf(reader, job.jobId), [
    { from: 'none', to: 'cooperative' },
    { from: 'cooperative', to: 'force' },
    { from: 'force', to: 'done' },
  ]);
  const [done, end] = reader
    .journal({ jobId: job.jobId, newestFirst: true, limit: 2 })
    .toReversed();
  assert.deepEqual([done?.eventType, end?.eventType], ['job_cancel_phase', 'job_finished']);
  assert.equal(done?.ts, end?.ts, 'both in one transaction');
  const row = reader.job(job.jobId);
  assert.deepEqual(
    [row?.state, row?.cancelPhase, row?.error?.message],
    ['cancelled', 'done', 'enough'],
  );
  assert.deepEqual((await reader.verifyJournal()).problems, []);
});

test('a tool that honours a cancel needs no force', async (t) => {
  const { store, reader } = await openStore(t);
  const [job] = await store.submitJobs([jobSpec()]);
  assert.ok(job);
  await store.startAttempt(job.jobId, 'call');
  await store.cancelJob(job.jobId, 'enough');
  await store.finishAttempt(job.jobId, 1, completed('half of it'));
  assert.deepEqual(await store.noteCancelPhase(job.jobId, 'force'), { kind: 'late' });
  assert.deepEqual(phasesOf(reader, job.jobId), [
    { from: 'none', to: 'cooperative' },
    { from: 'cooperative', to: 'done' },
  ]);
  assert.equal(reader.job(job.jobId)?.result, null, 'half a result is no result');
});

test('a job that waits has no phases: it is cancelled at once', async (t) => {
  const { store, reader } = await openStore(t);
  const [job] = await store.submitJobs([jobSpec()]);
  assert.ok(job);
  await store.cancelJob(job.jobId, 'no');
  assert.deepEqual(phasesOf(reader, job.jobId), []);
  assert.equal(reader.job(job.jobId)?.cancelPhase, null);
});

test('a cancel that the host did not live to see is done by the next one, once', async (t) => {
  const { store, reader } = await openStore(t);
  const [job] = await store.submitJobs([jobSpec({ effects: 'unsafe' })]);
  assert.ok(job);
  await store.startAttempt(job.jobId, 'call');
  await store.cancelJob(job.jobId, 'enough');
  await store.noteCancelPhase(job.jobId, 'force');
  const report = await store.recover();
  assert.deepEqual([report.interrupted, report.cancelled], [[job.jobId], [job.jobId]]);
  assert.deepEqual((await store.recover()).cancelled, []);
  assert.deepEqual(phasesOf(reader, job.jobId).at(-1), { from: 'force', to: 'done' });
  assert.equal(reader.job(job.jobId)?.state, 'cancelled');
});

test('what is over cannot be cancelled, moved or decided on, and the answer says how it ended', async (t) => {
  const { store } = await openStore(t);
  const [job] = await store.submitJobs([jobSpec()]);
  assert.ok(job);
  const { jobId } = job;
  await assert.rejects(store.decideJob(jobId, 'fail', 'ada'), {
    code: 'DECISION_NOT_NEEDED',
    details: { state: 'pending' },
  });
  await store.startAttempt(jobId, 'call');
  await assert.rejects(store.reorderJob(jobId, { to: 'first' }), {
    code: 'JOB_OVER',
    details: { state: 'running' },
  });
  await store.finishAttempt(jobId, 1, completed('ok'));
  const over = { code: 'JOB_OVER', details: { state: 'completed' } };
  await assert.rejects(store.cancelJob(jobId, 'no'), over);
  await assert.rejects(store.reorderJob(jobId, { priority: 3 }), over);
  await assert.rejects(store.decideJob(jobId, 'rerun', 'ada'), { code: 'DECISION_NOT_NEEDED' });
});

test('a waiting job is moved to the front, to the back, or to a priority', async (t) => {
  const { store, reader } = await openStore(t);
  const specs = [
    jobSpec(),
    jobSpec({ priority: 5 }),
    jobSpec({ capability: 'other', priority: 9 }),
  ];
  const [low, mid, high] = await store.submitJobs(specs);
  assert.ok(low && mid && high);
  assert.deepEqual(await store.reorderJob(low.jobId, { to: 'first' }), { from: 0, priority: 10 });
  assert.deepEqual(await store.reorderJob(low.jobId, { to: 'first' }), { from: 10, priority: 10 });
  assert.deepEqual(await store.reorderJob(high.jobId, { to: 'last' }), { from: 9, priority: 4 });
  assert.deepEqual(await store.reorderJob(high.jobId, { to: 'last' }), { from: 4, priority: 4 });
  assert.deepEqual(await store.reorderJob(mid.jobId, { priority: 7 }), { from: 5, priority: 7 });
  await assert.rejects(store.reorderJob(mid.jobId, { priority: -1 }), { code: 'INPUT_INVALID' });
  const told = reader.journal({ eventType: 'job_reordered' }).map(({ payload }) => payload);
  assert.deepEqual(told, [
    { from: 0, priority: 10 },
    { from: 9, priority: 4 },
    { from: 5, priority: 7 },
  ]);
  assert.deepEqual((await reader.verifyJournal()).problems, []);
});

test('of equals the oldest is first already, and the youngest last', async (t) => {
  const { store } = await openStore(t);
  const [old, young] = await store.submitJobs([jobSpec(), jobSpec()]);
  assert.ok(old && young);
  assert.deepEqual(await store.reorderJob(old.jobId, { to: 'first' }), { from: 0, priority: 0 });
  assert.deepEqual(await store.reorderJob(young.jobId, { to: 'last' }), { from: 0, priority: 0 });
  assert.deepEqual(await store.reorderJob(young.jobId, { to: 'first' }), { from: 0, priority: 1 });
});
