import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueInMs } from '../../src/kernel/index.ts';
import type { AttemptOutcome, JobSpec } from '../../src/stores/index.ts';
import {
  completed,
  jobSpec,
  nodeSpec,
  nodeStates,
  openStore,
  runSpec,
  wireError,
} from './workspace.ts';

const retriable = (over: { code?: string; retryAfterS?: number } = {}): AttemptOutcome => ({
  kind: 'failed',
  error: { ...wireError('busy'), category: 'transient', retriable: true, ...over },
  session: 'wrk_1',
});
const policy = { attempts: 3, backoffMs: 1_000, jitter: 0 };

type Opened = Awaited<ReturnType<typeof openStore>>;

async function attempted({ store }: Opened, over: Partial<JobSpec> = {}): Promise<string> {
  const [job] = await store.submitJobs([jobSpec({ retry: policy, ...over })]);
  assert.ok(job);
  await store.startAttempt(job.jobId, 'call_1');
  return job.jobId;
}

test('a failure that may pass makes the job wait for another attempt, and is no end', async (t) => {
  const opened = await openStore(t);
  const { store, reader } = opened;
  const jobId = await attempted(opened);
  const decision = await store.finishAttempt(jobId, 1, retriable());
  assert.ok(decision.kind === 'retrying');
  assert.equal(decision.delayMs, 1_000);
  const job = reader.job(jobId);
  assert.deepEqual([job?.state, job?.notBefore], ['pending', decision.notBefore]);
  const [attempt] = reader.attempts(jobId);
  assert.deepEqual(
    [attempt?.state, attempt?.error?.message, attempt?.session],
    ['failed', 'busy', 'wrk_1'],
  );
  const [waiting] = reader.pendingJobs(0, 10);
  assert.deepEqual([waiting?.notBefore, waiting?.delayMs], [decision.notBefore, 1_000]);
  assert.equal((await store.finishAttempt(jobId, 1, retriable())).kind, 'late');
  await store.startAttempt(jobId, 'call_2');
  await store.finishAttempt(jobId, 2, completed('ok'));
  assert.deepEqual([reader.job(jobId)?.state, reader.job(jobId)?.attempt], ['completed', 2]);
  assert.equal(reader.jobStats(0).total.retried, 1);
  assert.deepEqual((await reader.verifyJournal()).problems, []);
});

test('when its attempts are used up the job fails with the last error', async (t) => {
  const opened = await openStore(t);
  const { store, reader } = opened;
  const jobId = await attempted(opened);
  const pauses: number[] = [];
  for (const attempt of [1, 2, 3]) {
    // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
    const decision = await store.finishAttempt(jobId, attempt, retriable());
    if (decision.kind === 'retrying') pauses.push(decision.delayMs);
    // oxlint-disable-next-line no-await-in-loop
    await store.startAttempt(jobId, `call_${attempt + 1}`);
  }
  assert.deepEqual(pauses, [1_000, 2_000]);
  const job = reader.job(jobId);
  assert.deepEqual([job?.state, job?.attempt, job?.error?.message], ['failed', 3, 'busy']);
  assert.equal(reader.journal({ jobId, eventType: 'job_finished' }).length, 1);
});

test('an interruption uses up no attempt of the policy', async (t) => {
  const opened = await openStore(t);
  const { store } = opened;
  const jobId = await attempted(opened, { retry: { ...policy, attempts: 2 } });
  await store.recover();
  await store.startAttempt(jobId, 'call_2');
  assert.equal((await store.finishAttempt(jobId, 2, retriable())).kind, 'retrying');
  await store.startAttempt(jobId, 'call_3');
  assert.equal((await store.finishAttempt(jobId, 3, retriable())).kind, 'finished');
});

test("a tool's wish to wait is the least that is waited", async (t) => {
  const opened = await openStore(t);
  const jobId = await attempted(opened);
  const decision = await opened.store.finishAttempt(jobId, 1, retriable({ retryAfterS: 90 }));
  assert.equal(decision.kind === 'retrying' && decision.delayMs, 90_000);
});

test('an unsafe action is repeated when its tool said so, and never when its effect is unknown', async (t) => {
  const opened = await openStore(t);
  const { store, reader } = opened;
  for (const code of ['WORKER_LOST', 'DEADLINE_EXCEEDED', 'ENV_DISK_FULL']) {
    // oxlint-disable-next-line no-await-in-loop -- one job after the other
    const jobId = await attempted(opened, { effects: 'unsafe' });
    // oxlint-disable-next-line no-await-in-loop
    const decision = await store.finishAttempt(jobId, 1, retriable({ code }));
    assert.deepEqual(decision, { kind: 'finished', state: 'failed' }, code);
    assert.equal(reader.job(jobId)?.error?.code, code);
  }
  for (const code of ['TOOL_UNAVAILABLE', 'RATE_LIMITED']) {
    // oxlint-disable-next-line no-await-in-loop
    const jobId = await attempted(opened, { effects: 'unsafe' });
    // oxlint-disable-next-line no-await-in-loop
    assert.equal((await store.finishAttempt(jobId, 1, retriable({ code }))).kind, 'retrying', code);
  }
});

test('a job whose cancel was accepted is not tried again', async (t) => {
  const opened = await openStore(t);
  const { store, reader } = opened;
  const jobId = await attempted(opened);
  await store.cancelJob(jobId, 'no');
  assert.equal((await store.finishAttempt(jobId, 1, retriable())).kind, 'finished');
  assert.equal(reader.job(jobId)?.state, 'cancelled');
});

test('a node that fails and is tried again goes back to pending, and its run goes on', async (t) => {
  const { store, reader } = await openStore(t);
  const nodes = [{ ...nodeSpec('a'), retry: policy }, nodeSpec('b', ['a'])];
  const { runId } = await store.submitRun(runSpec(nodes));
  const jobId = reader.runNodes(runId)[0]?.jobId ?? '';
  await store.startAttempt(jobId, 'call_1');
  await store.finishAttempt(jobId, 1, retriable());
  assert.deepEqual(nodeStates(store, runId), { a: 'pending', b: 'waiting' });
  await store.startAttempt(jobId, 'call_2');
  await store.finishAttempt(jobId, 2, completed('ok'));
  assert.deepEqual(nodeStates(store, runId), { a: 'completed', b: 'pending' });
});

test('in a run that is failing already, a node is not begun again', async (t) => {
  const { store, reader } = await openStore(t);
  const nodes = [{ ...nodeSpec('a'), retry: policy }, nodeSpec('bad')];
  const { runId } = await store.submitRun(runSpec(nodes));
  const [a, bad] = reader.runNodes(runId).map((node) => node.jobId ?? '') as [string, string];
  await store.startAttempt(a, 'call_1');
  await store.startAttempt(bad, 'call_2');
  await store.finishAttempt(bad, 1, { kind: 'failed', error: wireError('broken') });
  await store.finishAttempt(a, 1, retriable());
  assert.deepEqual(nodeStates(store, runId), { a: 'cancelled', bad: 'failed' });
  assert.equal(reader.run(runId)?.state, 'failed');
});

test('a job whose time is over before it began fails without running, also in the middle of its start', async (t) => {
  const { store, reader } = await openStore(t);
  // The clock of these tests moves a second at every look.
  const specs = [
    jobSpec({ withinMs: 500 }),
    jobSpec({ withinMs: 600 }),
    jobSpec({ withinMs: 1e9 }),
  ];
  const [one, two, three] = await store.submitJobs(specs);
  assert.ok(one && two && three);
  assert.equal(reader.nextExpiry()?.expiresAt, one.expiresAt);
  assert.deepEqual(await store.startAttempt(two.jobId, 'call'), {
    kind: 'refused',
    state: 'failed',
  });
  assert.deepEqual(await store.expireJobs(), { expired: [one.jobId], more: false });
  assert.deepEqual(await store.expireJobs(), { expired: [], more: false });
  for (const { jobId } of [one, two]) {
    const job = reader.job(jobId);
    assert.deepEqual(
      [job?.state, job?.error?.code, job?.attempt],
      ['failed', 'DEADLINE_EXCEEDED', 0],
    );
  }
  assert.equal(reader.nextExpiry()?.jobId, three.jobId);
  assert.equal((await store.startAttempt(three.jobId, 'call')).kind, 'started');
  assert.equal(reader.nextExpiry(), null, 'what runs is ended by its owner');
});

test('no attempt is made that could not begin within the time of its job', async (t) => {
  const opened = await openStore(t);
  const { store, reader } = opened;
  const retry = { attempts: 3, backoffMs: 60_000, maxBackoffMs: 60_000 };
  const jobId = await attempted(opened, { withinMs: 30_000, retry });
  await store.finishAttempt(jobId, 1, retriable());
  assert.deepEqual(
    [reader.job(jobId)?.state, reader.job(jobId)?.error?.message],
    ['failed', 'busy'],
  );
});

test('what was ended because its time is over is not tried again', async (t) => {
  const opened = await openStore(t);
  const { store, reader } = opened;
  const jobId = await attempted(opened, { withinMs: 1_500 });
  await store.finishAttempt(jobId, 1, retriable({ code: 'DEADLINE_EXCEEDED' }));
  assert.equal(reader.job(jobId)?.state, 'failed');
});

test('very many expired jobs are ended a commit at a time, and their runs hear of it', async (t) => {
  const { store, reader } = await openStore(t);
  await store.submitJobs(Array.from({ length: 600 }, () => jobSpec({ withinMs: 1 })));
  const { runId } = await store.submitRun(
    runSpec([{ ...nodeSpec('a'), withinMs: 1 }, nodeSpec('b', ['a'])]),
  );
  const first = await store.expireJobs();
  assert.deepEqual([first.expired.length, first.more], [500, true]);
  const second = await store.expireJobs();
  assert.deepEqual([second.expired.length, second.more], [101, false]);
  assert.deepEqual(nodeStates(store, runId), { a: 'failed', b: 'skipped' });
  assert.equal(reader.run(runId)?.state, 'failed');
});

test('a delay survives a restart, and a clock that was set back does not lengthen it', async (t) => {
  const { store, reader } = await openStore(t);
  const [job] = await store.submitJobs([jobSpec({ delayMs: 60_000 })]);
  assert.ok(job);
  const [waiting] = reader.pendingJobs(0, 10);
  assert.ok(waiting?.notBefore && waiting.delayMs);
  const notBefore = Date.parse(waiting.notBefore);
  assert.equal(dueInMs(notBefore, waiting.delayMs, Date.parse(job.submittedAt) + 20_000), 40_000);
  assert.equal(dueInMs(notBefore, waiting.delayMs, Date.UTC(1999)), 60_000);
});
