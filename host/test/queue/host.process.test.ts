import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { HostError } from '../../src/errors.ts';
import { realHost, temporaryRoot } from './real-host.ts';

async function refusal(work: Promise<unknown>): Promise<HostError> {
  const thrown = await work.then(
    () => assert.fail('it was accepted'),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof HostError, String(thrown));
  return thrown;
}

const ask = async (t: TestContext) => {
  const { host } = await realHost(t);
  return (request: object) => refusal(host.submit([request as never]));
};

test('a name that the workspace does not have is refused at the door, with the likely one', async (t) => {
  const refused = await ask(t);
  const capability = await refused({ capability: 'well-behavd', action: 'echo' });
  assert.equal(capability.code, 'CAPABILITY_NOT_FOUND');
  assert.match(capability.hint ?? '', /well-behaved/);
  const action = await refused({ capability: 'well-behaved', action: 'ecko' });
  assert.equal(action.code, 'ACTION_NOT_FOUND');
  assert.match(action.hint ?? '', /did you mean "echo"/);
  const task = await refused({ capability: 'well-behaved', task: 'speech', method: 'hear' });
  assert.equal(task.code, 'ACTION_NOT_FOUND');
});

test('all that is wrong with arguments is said at once, each with its place', async (t) => {
  const refused = await ask(t);
  const input = { rate: 0, language: 'fr', fille: 1, file: 'no-such-file.wav' };
  const error = await refused({ capability: 'well-behaved', action: 'echo', input, cwd: '/' });
  assert.equal(error.code, 'INPUT_INVALID');
  const problems = error.details['problems'] as { input: string; message: string; hint?: string }[];
  assert.deepEqual(problems.map((problem) => problem.input).toSorted(), [
    'file',
    'fille',
    'language',
    'rate',
    'value',
  ]);
  assert.match(error.message, /argument "value" is missing/);
  assert.match(error.message, /there is no file at \/no-such-file\.wav/);
  assert.match(error.message, /argument rate must be >= 1/);
});

test('conditions that cannot be kept are refused, and of several jobs none is accepted', async (t) => {
  const { host } = await realHost(t);
  const good = { capability: 'well-behaved', action: 'echo', input: { value: 1 } };
  const bad = { ...good, priority: -1, delayMs: -5, retry: { attempts: 0, jitter: 2, factr: 1 } };
  const error = await refusal(host.submit([good, bad]));
  assert.equal(error.code, 'INPUT_INVALID');
  for (const what of ['priority', 'delayMs', 'retry.attempts', 'retry.jitter', '"factr"']) {
    assert.ok(error.message.includes(what), `${what} in ${error.message}`);
  }
  assert.match(error.message, /^jobs\[1\]: /);
  const { method: _, ...half } = { ...good, task: 'speech', method: 'hear' };
  assert.equal((await refusal(host.submit([half]))).code, 'INPUT_INVALID');
  assert.deepEqual(host.jobs(), []);
});

test('texts become what is declared, and paths become files with their content', async (t) => {
  const { host, root } = await realHost(t);
  writeFileSync(join(root, 'talk.wav'), 'noise');
  const input = { value: 'v', rate: '16000', file: 'talk.wav' };
  const [job] = await host.submit([
    { capability: 'well-behaved', action: 'echo', input, cwd: root },
  ]);
  assert.partialDeepStrictEqual(job?.input, {
    value: 'v',
    rate: 16_000,
    file: {
      __wire__: 'capstan.file',
      data: {
        path: join(root, 'talk.wav'),
        sha256: createHash('sha256').update('noise').digest('hex'),
        size: 5,
      },
    },
  });
});

test('control flags and who asked reach the tool', async (t) => {
  const { host, submit } = await realHost(t);
  const more = { control: { dry: true }, actor: 'ada', runId: 'batch-7' };
  const job = await host.wait(await submit('well-behaved', 'headers', more));
  assert.partialDeepStrictEqual(job.result, {
    envelope: { control: { dry: true }, actor: 'ada', run_id: 'batch-7', job_id: job.jobId },
  });
});

test('the same key is the same job, and another request under it a conflict', async (t) => {
  const { host } = await realHost(t);
  const request = {
    capability: 'well-behaved',
    action: 'echo',
    input: { value: 1 },
    idempotencyKey: 'k',
  };
  const [[first], [second]] = await Promise.all([host.submit([request]), host.submit([request])]);
  assert.equal(first?.jobId, second?.jobId);
  const other = { ...request, input: { value: 2 } };
  assert.equal((await refusal(host.submit([other]))).code, 'IDEMPOTENCY_CONFLICT');
});

test('waiting ends with the job, or in time without touching it, or at once for an unknown one', async (t) => {
  const { host, submit } = await realHost(t);
  const jobId = await submit('well-behaved', 'wait');
  assert.equal((await refusal(host.wait(jobId, { timeoutMs: 20 }))).code, 'DEADLINE_EXCEEDED');
  assert.ok(['pending', 'running'].includes(host.job(jobId).state));
  const waited = host.wait(jobId);
  await host.cancel(jobId, 'enough');
  assert.equal((await waited).state, 'cancelled');
  assert.equal((await host.wait(jobId)).state, 'cancelled');
  assert.equal((await refusal(host.wait('job_000'))).code, 'JOB_NOT_FOUND');
});

test('whoever waits when the host is closed is told, and that nothing is lost', async (t) => {
  const { host, submit } = await realHost(t);
  const waited = refusal(host.wait(await submit('well-behaved', 'wait')));
  await host.close();
  const error = await waited;
  assert.equal(error.code, 'CANCELLED');
  assert.match(error.hint ?? '', /Nothing is lost/);
});

test('what is disabled takes nothing new and starts nothing, until it is enabled', async (t) => {
  const { host, submit } = await realHost(t);
  const running = await submit('well-behaved', 'wait');
  const [line] = await host.submit([
    { capability: 'well-behaved', action: 'echo', input: { value: 'later' }, delayMs: 30 },
  ]);
  assert.ok(line);
  await host.setEnabled('well-behaved', false, 'ada');
  const request = { capability: 'well-behaved', action: 'echo', input: { value: 1 } };
  assert.equal((await refusal(host.submit([request]))).code, 'CAPABILITY_DISABLED');
  await host.cancel(running, 'it may finish, or be cancelled');
  await host.wait(running);
  // Its delay passes; it could be started, but for that.
  await assert.rejects(host.wait(line.jobId, { timeoutMs: 100 }));
  assert.equal(host.whyWaiting(line.jobId), '`well-behaved` is disabled');
  await host.idle();
  await host.setEnabled('well-behaved', true, 'ada');
  assert.equal((await host.wait(line.jobId)).state, 'completed');
  const unknown = await refusal(host.setEnabled('well-behavd', true, 'ada'));
  assert.equal(unknown.code, 'INSTANCE_NOT_FOUND');
});

test('a disabled instance stays disabled for the next host', async (t) => {
  const root = temporaryRoot(t);
  const first = await realHost(t, root);
  const [later] = await first.host.submit([
    { capability: 'well-behaved', action: 'echo', input: { value: 1 }, delayMs: 1 },
  ]);
  await first.host.setEnabled('well-behaved', false, 'ada');
  await first.host.close();
  const second = await realHost(t, root);
  const state = (): string => second.host.job(later?.jobId ?? '').state;
  if (state() === 'pending') {
    assert.equal(second.host.whyWaiting(later?.jobId ?? ''), '`well-behaved` is disabled');
    await second.host.setEnabled('well-behaved', true, 'ada');
    await second.host.wait(later?.jobId ?? '');
  }
  assert.equal(state(), 'completed');
});

test('a crash under an unsafe action fails the job once; a repeatable one is tried as often as it may be', async (t) => {
  const { host, submit, told } = await realHost(t);
  const retry = { attempts: 3, backoffMs: 1 };
  const charged = await host.wait(await submit('crashes-in-call', 'SIGSEGV', { retry }));
  assert.deepEqual(
    [charged.state, charged.error?.code, charged.attempt],
    ['failed', 'WORKER_LOST', 1],
  );
  const lost = await host.wait(await submit('crashes-in-call', 'SIGKILL', { retry }));
  assert.deepEqual([lost.state, lost.error?.code, lost.attempt], ['failed', 'WORKER_LOST', 3]);
  assert.equal(told(lost.jobId).filter((type) => type === 'job_retrying').length, 2);
  assert.equal(told(lost.jobId).filter((type) => type === 'job_finished').length, 1);
});

test('a failure that may pass is tried again after a pause, and the third time it works', async (t) => {
  const { host, submit, told } = await realHost(t);
  const retry = { attempts: 3, backoffMs: 5 };
  const job = await host.wait(await submit('fails-twice', 'try', { retry }));
  assert.deepEqual([job.state, job.result, job.attempt], ['completed', 3, 3]);
  assert.deepEqual(told(job.jobId), [
    'job_submitted',
    'job_started',
    'job_retrying',
    'job_started',
    'job_retrying',
    'job_started',
    'job_finished',
  ]);
});

test('a capability that cannot start holds its line instead of failing all that stands in it', {
  timeout: 30_000,
}, async (t) => {
  const { host } = await realHost(t);
  const jobs = await host.submit(
    Array.from({ length: 30 }, () => ({ capability: 'dies-on-start', action: 'echo' })),
  );
  const untilHeld = async (): Promise<string> => {
    for await (const event of host.events({ afterSeq: 0 })) {
      if (event.type !== 'job_waiting' || !('payload' in event)) continue;
      const reason = String(event.payload['reason']);
      if (reason.includes('not tried again')) return reason;
    }
    return '';
  };
  assert.match(
    await untilHeld(),
    /`dies-on-start` failed to start again and again, and is not tried again before 20/,
  );
  const states = jobs.map(({ jobId }) => host.job(jobId).state);
  assert.ok(states.includes('pending'), states.join(' '));
  assert.ok(states.filter((state) => state === 'failed').length < 30);
  await Promise.all(
    jobs
      .filter(({ jobId }) => host.job(jobId).state === 'pending')
      .map(({ jobId }) => host.cancel(jobId, 'the test is over')),
  );
});

test('all that a tool accounts for is journaled, however much, in its order and before the end of its job', async (t) => {
  const { host, submit } = await realHost(t);
  const job = await host.wait(await submit('accounts-a-lot', 'account'));
  assert.equal(job.state, 'completed');
  const told: unknown[] = [];
  for await (const event of host.events({ afterSeq: 0, jobId: job.jobId })) {
    if (event.type === 'job_finished') break;
    assert.notEqual(event.type, 'task_accounts_dropped');
    if (event.type === 'task_account' && 'payload' in event) told.push(event.payload['payload']);
  }
  assert.equal(told.length, 20_000);
  assert.deepEqual(
    told.map((each) => (each as { n: number }).n),
    told.map((_, n) => n),
  );
});

test('what the processes behind a call use is told, live, to those who ask for it', async (t) => {
  const { host, submit } = await realHost(t);
  const events = host.events({ live: true });
  const jobId = await submit('well-behaved', 'wait');
  for await (const event of events) {
    if (event.type !== 'resources' || !('rssBytes' in event)) continue;
    assert.equal(event.jobId, jobId);
    assert.match(event.session, /^wrk_/);
    assert.ok(event.rssBytes > 10 * 1024 * 1024 && event.rssBytes < 2 ** 32, `${event.rssBytes}`);
    assert.ok(event.cpuPercent >= 0 && event.cpuPercent <= 6400);
    break;
  }
  await host.cancel(jobId, 'seen enough');
  await host.wait(jobId);
});

test('a host says in the journal when it began, what it found, and that it ended in order', async (t) => {
  const root = temporaryRoot(t);
  const first = await realHost(t, root);
  await first.submit('well-behaved', 'wait', { delayMs: 3_600_000 });
  await first.host.close();
  const second = await realHost(t, root);
  const rows = [];
  for await (const event of second.host.events({ afterSeq: 0 })) {
    if ('payload' in event && event.type.startsWith('host_'))
      rows.push([event.type, event.payload]);
    if (rows.length === 3) break;
  }
  assert.deepEqual(
    rows.map(([type]) => type),
    ['host_started', 'host_stopped', 'host_started'],
  );
  assert.partialDeepStrictEqual(rows[2]?.[1], {
    hostId: second.host.hostId,
    pid: process.pid,
    recovered: { interrupted: 0, pending: 1 },
  });
});

test('a host whose state file is gone can still be closed', { timeout: 20_000 }, async (t) => {
  const { host, root, submit, until } = await realHost(t);
  await until(await submit('well-behaved', 'wait'), 'progress');
  renameSync(join(root, '.capstan', 'state.db'), join(root, '.capstan', 'state.db.away'));
  await host.close();
});
