import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completed, failed, jobSpec, openStore } from './workspace.ts';

test('a submitted job is pending, and its input can be read back', async (t) => {
  const { store, reader } = await openStore(t);
  const [job] = await store.submitJobs([jobSpec({ priority: 3, actor: 'ada' })]);
  assert.ok(job);
  assert.deepEqual(reader.job(job.jobId), job);
  assert.equal(job.state, 'pending');
  assert.deepEqual(job.input, { language: 'en' });
});

test('a value too large for a row comes back whole', async (t) => {
  const { store, reader } = await openStore(t);
  const text = 'långt '.repeat(20_000);
  const [job] = await store.submitJobs([jobSpec({ input: { text } })]);
  assert.ok(job);
  await store.startAttempt(job.jobId, 'call');
  await store.finishAttempt(job.jobId, 1, completed({ text }));
  assert.deepEqual(reader.job(job.jobId)?.input, { text });
  assert.deepEqual(reader.job(job.jobId)?.result, { text });
  const [row] = reader.journal({ jobId: job.jobId, eventType: 'job_submitted' });
  assert.ok(JSON.stringify(row?.payload).length < 1_000, 'the journal row is small');
});

test('the same key with the same payload is the same job', async (t) => {
  const { store, reader } = await openStore(t);
  const spec = jobSpec({ idempotencyKey: 'k', input: { a: 1, b: { c: 2 } } });
  const again = jobSpec({ idempotencyKey: 'k', input: { b: { c: 2 }, a: 1 } });
  const [[first], [second]] = await Promise.all([
    store.submitJobs([spec]),
    store.submitJobs([again]),
  ]);
  assert.equal(second?.jobId, first?.jobId);
  assert.equal(reader.jobs().length, 1);
});

test('the same key with another payload is a conflict, and takes nothing else with it', async (t) => {
  const { store, reader } = await openStore(t);
  await store.submitJobs([jobSpec({ idempotencyKey: 'k' })]);
  const other = jobSpec({ idempotencyKey: 'k', input: { language: 'de' } });
  // All three arrive in one group commit; the one in the middle fails alone.
  const [before, refused, after] = await Promise.allSettled([
    store.submitJobs([jobSpec()]),
    store.submitJobs([jobSpec(), other]),
    store.submitJobs([jobSpec()]),
  ]);
  assert.equal(before.status, 'fulfilled');
  assert.equal(after.status, 'fulfilled');
  assert.ok(refused.status === 'rejected');
  assert.equal((refused.reason as { code: string }).code, 'IDEMPOTENCY_CONFLICT');
  assert.equal(reader.jobs().length, 3);
  assert.deepEqual((await reader.verifyJournal()).problems, []);
});

test('an attempt goes from start to result, and its artifacts are kept', async (t) => {
  const { store, reader } = await openStore(t);
  const [job] = await store.submitJobs([jobSpec()]);
  assert.ok(job);
  assert.deepEqual(await store.startAttempt(job.jobId, 'call_1'), { kind: 'started', attempt: 1 });
  const file = { path: '/a/b.wav', sha256: 'ab', size: 7, name: 'b.wav', mediaType: 'audio/wav' };
  const outcome = { kind: 'completed', result: [1], artifacts: [file], session: 'wrk_1' } as const;
  const end = await store.finishAttempt(job.jobId, 1, {
    ...outcome,
    result: [1],
    artifacts: [file],
  });
  assert.deepEqual(end, { kind: 'finished', state: 'completed' });
  const row = reader.job(job.jobId);
  assert.deepEqual([row?.state, row?.result, row?.session], ['completed', [1], 'wrk_1']);
  assert.deepEqual(reader.artifacts({ jobId: job.jobId }), [
    { ...file, jobId: job.jobId, runId: null, nodeId: null, attempt: 1 },
  ]);
  const [attempt] = reader.attempts(job.jobId);
  assert.deepEqual([attempt?.callId, attempt?.state], ['call_1', 'completed']);
});

test('a second answer is late and changes nothing', async (t) => {
  const { store, reader } = await openStore(t);
  const [job] = await store.submitJobs([jobSpec()]);
  assert.ok(job);
  await store.startAttempt(job.jobId, 'call');
  const ends = await Promise.all([
    store.finishAttempt(job.jobId, 1, completed('first')),
    store.finishAttempt(job.jobId, 1, failed()),
    store.finishAttempt(job.jobId, 1, completed('third')),
  ]);
  assert.deepEqual(
    ends.map(({ kind }) => kind),
    ['finished', 'late', 'late'],
  );
  assert.equal(reader.job(job.jobId)?.result, 'first');
  assert.equal(reader.journal({ jobId: job.jobId, eventType: 'job_finished' }).length, 1);
});

test('a pending job is cancelled at once, a running one when its attempt has ended', async (t) => {
  const { store, reader } = await openStore(t);
  const [waiting, running] = await store.submitJobs([jobSpec(), jobSpec()]);
  assert.ok(waiting && running);
  await store.startAttempt(running.jobId, 'call');
  assert.deepEqual(await store.cancelJob(waiting.jobId, 'no'), { kind: 'cancelled' });
  assert.equal((await store.cancelJob(running.jobId, 'no')).kind, 'aborting');
  assert.equal(reader.job(running.jobId)?.state, 'running');
  await store.finishAttempt(running.jobId, 1, failed('interrupted by a flag'));
  const row = reader.job(running.jobId);
  assert.deepEqual(
    [row?.state, row?.error?.code, row?.error?.message],
    ['cancelled', 'CANCELLED', 'no'],
  );
});

test('an unknown job is not found', async (t) => {
  const { store } = await openStore(t);
  await assert.rejects(store.cancelJob('job_x', 'no'), { code: 'JOB_NOT_FOUND' });
});

test('recovery reruns what may be repeated, parks what may not, and can be repeated itself', async (t) => {
  const { store, reader } = await openStore(t);
  const specs = [jobSpec(), jobSpec({ effects: 'unsafe' }), jobSpec(), jobSpec()];
  const [again, parked, cancelled, untouched] = await store.submitJobs(specs);
  assert.ok(again && parked && cancelled && untouched);
  for (const { jobId } of [again, parked, cancelled]) await store.startAttempt(jobId, 'call');
  await store.cancelJob(cancelled.jobId, 'no');
  const report = await store.recover();
  assert.deepEqual(report.interrupted, [again.jobId, parked.jobId, cancelled.jobId]);
  assert.deepEqual(report.rerun, [again.jobId]);
  assert.deepEqual(report.needsDecision, [parked.jobId]);
  assert.equal(report.pending, 2);
  assert.equal(reader.job(cancelled.jobId)?.state, 'cancelled');
  assert.equal(reader.attempts(again.jobId)[0]?.state, 'interrupted');
  const seq = reader.lastSeq();
  await store.recover();
  assert.equal(reader.lastSeq(), seq, 'nothing left to recover');
});

test('a parked job runs again or fails, as a person decides', async (t) => {
  const { store, reader } = await openStore(t);
  const [one, other] = await store.submitJobs([
    jobSpec({ effects: 'unsafe' }),
    jobSpec({ effects: 'unsafe' }),
  ]);
  assert.ok(one && other);
  for (const { jobId } of [one, other]) await store.startAttempt(jobId, 'call');
  await store.recover();
  assert.deepEqual(await store.decideJob(one.jobId, 'rerun', 'ada'), { kind: 'rerun' });
  assert.deepEqual(await store.decideJob(other.jobId, 'fail', 'ada'), { kind: 'failed' });
  assert.equal(reader.job(one.jobId)?.state, 'pending');
  assert.equal(reader.job(other.jobId)?.state, 'failed');
  assert.equal((await store.startAttempt(one.jobId, 'call_2')).kind, 'started');
  assert.deepEqual((await reader.verifyJournal()).problems, []);
});

test('events are told after their commit, in order, and before the answer', async (t) => {
  const { store, reader } = await openStore(t);
  const seqs: number[] = [];
  const unwritten: number[] = [];
  store.onCommitted((events) => {
    for (const { seq } of events) {
      seqs.push(seq);
      if (reader.lastSeq() < seq) unwritten.push(seq);
    }
  });
  const jobs = await Promise.all(Array.from({ length: 50 }, () => store.submitJobs([jobSpec()])));
  assert.equal(jobs.length, 50);
  assert.deepEqual(
    seqs,
    Array.from({ length: 50 }, (_, index) => index + 1),
  );
  assert.deepEqual(unwritten, []);
});

test('others can tell the journal things, but not change states through it', async (t) => {
  const { store, reader } = await openStore(t);
  await store.append([{ eventType: 'worker_ready', session: 'wrk_1', payload: { pid: 7 } }]);
  const [row] = reader.journal({ session: 'wrk_1' });
  assert.deepEqual([row?.eventType, row?.payload], ['worker_ready', { pid: 7 }]);
  await assert.rejects(store.append([{ eventType: 'job_finished', payload: {} }]), {
    code: 'INTERNAL',
  });
});
