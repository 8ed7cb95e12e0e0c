import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { HostError } from '../../src/errors.ts';
import { realHost } from './real-host.ts';

const withCancel = [
  'job_submitted',
  'job_started',
  'job_cancel_requested',
  'job_cancel_phase cooperative',
];

test('a cancel that the tool honours at once goes from asked to done, within ten milliseconds', async (t) => {
  const { host, submit, until, told } = await realHost(t);
  const tookMs: number[] = [];
  for (let n = 0; n < 10; n++) {
    // oxlint-disable no-await-in-loop -- one after the other, on a warm worker
    const jobId = await submit('well-behaved', 'wait');
    await until(jobId, 'progress');
    const askedMs = performance.now();
    const ended = until(jobId, 'job_finished');
    await host.cancel(jobId, 'enough');
    await ended;
    tookMs.push(performance.now() - askedMs);
    // oxlint-enable no-await-in-loop
    assert.equal(host.job(jobId).state, 'cancelled');
    assert.equal(host.job(jobId).cancelPhase, 'done');
    assert.deepEqual(told(jobId), [...withCancel, 'job_cancel_phase done', 'job_finished']);
  }
  const median = tookMs.toSorted((a, b) => a - b)[5] ?? 0;
  t.diagnostic(`cancel to terminal event: ${tookMs.map((ms) => ms.toFixed(1)).join(', ')} ms`);
  // One fsync and two trips over a socket; other tests run beside this one.
  assert.ok(median <= 30, `median ${median} ms`);
});

for (const action of ['raises-anything', 'returns']) {
  test(`a tool that answers a cancel as it likes (${action}) is cancelled, and what it answered dropped`, async (t) => {
    const { host, submit, until } = await realHost(t);
    const retry = { attempts: 5, backoffMs: 1 };
    const jobId = await submit('answers-a-cancel', action, { retry });
    await until(jobId, 'progress');
    await host.cancel(jobId, 'changed my mind');
    const job = await host.wait(jobId);
    assert.deepEqual([job.state, job.result, job.attempt], ['cancelled', null, 1]);
    assert.match(job.error?.message ?? '', /changed my mind/);
  });
}

test('one that does not stop in time is ended by force, and its sibling on the same worker is not touched', async (t) => {
  const { host, root, submit, until, told } = await realHost(t);
  const deaf = await submit('ignores-cancel', 'ignore');
  const sibling = await submit('ignores-cancel', 'finish');
  await until(deaf, 'progress');
  await until(sibling, 'progress');
  await host.cancel(deaf, 'enough');
  const job = await host.wait(deaf);
  assert.equal(job.state, 'cancelled');
  assert.deepEqual(told(deaf), [
    ...withCancel,
    'job_cancel_phase force',
    'job_cancel_phase done',
    'job_finished',
  ]);
  const { session } = host.instances().find(({ instance }) => instance === 'ignores-cancel') ?? {};
  const next = await submit('ignores-cancel', 'echo');
  assert.equal(host.job(sibling).state, 'running');
  writeFileSync(join(root, '.capstan', 'data', 'ignores-cancel', 'go'), '');
  const [unharmed, after] = await Promise.all([host.wait(sibling), host.wait(next)]);
  assert.deepEqual([unharmed.state, unharmed.result], ['completed', 'unharmed']);
  assert.equal(unharmed.session, session);
  assert.notEqual(after.session, session, 'the next call got another worker');
});

for (const [capability, action] of [
  ['well-behaved', 'wait'],
  ['ignores-cancel', 'ignore'],
] as const) {
  test(`what runs past its time (${capability}) fails as by a deadline, is no cancel, and is not tried again`, async (t) => {
    const { host, submit, told } = await realHost(t);
    await host.wait(await submit(capability, 'echo', { input: { value: 'warm' } }));
    const retry = { attempts: 5, backoffMs: 1 };
    const jobId = await submit(capability, action, { withinMs: 2_000, retry });
    const { state, error, attempt } = await host.wait(jobId);
    assert.deepEqual(
      [state, error?.code, error?.retriable, attempt],
      ['failed', 'DEADLINE_EXCEEDED', false, 1],
    );
    assert.deepEqual(told(jobId), ['job_submitted', 'job_started', 'job_finished']);
  });
}

test('killing a worker with a hundred stubborn children does not hold up the host', async (t) => {
  const { host, submit, until } = await realHost(t);
  let best = Number.POSITIVE_INFINITY;
  // A busy machine takes the processor away too, but not three times at just that moment.
  for (let n = 0; n < 3 && best >= 50; n++) {
    // oxlint-disable-next-line no-await-in-loop -- one tree after the other
    const jobId = await submit('grows-a-tree', 'grow');
    // oxlint-disable-next-line no-await-in-loop
    await until(jobId, 'progress');
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    // oxlint-disable-next-line no-await-in-loop
    await host.cancel(jobId, 'enough');
    // oxlint-disable-next-line no-await-in-loop
    await host.wait(jobId);
    loop.disable();
    best = Math.min(best, loop.max / 1e6);
  }
  t.diagnostic(`event loop delay at worst: ${best.toFixed(1)} ms`);
  assert.ok(best < 50, `the loop stood still for ${best} ms`);
});

test('a job whose worker is still starting is cancelled without waiting for it', async (t) => {
  const { host, submit, until } = await realHost(t);
  const jobId = await submit('slow-start', 'echo');
  await until(jobId, 'phase');
  const other = await submit('slow-start', 'echo');
  await host.cancel(jobId, 'too slow');
  assert.equal((await host.wait(jobId)).state, 'cancelled');
  assert.equal((await host.wait(other)).state, 'completed', 'others may want that worker');
});

test('a cancel that meets the end of its job changes nothing, and there is one end', async (t) => {
  const { host, submit, told } = await realHost(t);
  await host.wait(await submit('well-behaved', 'echo', { input: { value: 'warm' } }));
  for (let n = 0; n < 40; n++) {
    // oxlint-disable no-await-in-loop -- a race at a time
    const jobId = await submit('well-behaved', 'echo', { input: { value: n } });
    const waited = host.wait(jobId);
    await delay(n / 10);
    const cancelled = await host.cancel(jobId, 'now').then(
      (answer) => ('kind' in answer ? answer.kind : ''),
      ({ code }: HostError) => code,
    );
    const job = await waited;
    // oxlint-enable no-await-in-loop
    assert.ok(['cancelled', 'aborting', 'JOB_OVER'].includes(cancelled), cancelled);
    assert.equal(job.state, cancelled === 'JOB_OVER' ? 'completed' : 'cancelled');
    assert.equal(told(jobId).filter((type) => type === 'job_finished').length, 1);
  }
});

test('a job between two attempts is cancelled at once', async (t) => {
  const { host, submit, until } = await realHost(t);
  const jobId = await submit('fails-twice', 'try', { retry: { attempts: 3, backoffMs: 60_000 } });
  await until(jobId, 'job_retrying');
  assert.match(host.whyWaiting(jobId) ?? '', /^not before 20\d\d-/);
  await host.cancel(jobId, 'no need any more');
  const job = await host.wait(jobId);
  assert.deepEqual([job.state, job.attempt], ['cancelled', 1]);
});

test('what is over cannot be cancelled, and says as what it ended', async (t) => {
  const { host, submit } = await realHost(t);
  const jobId = await submit('well-behaved', 'echo', { input: { value: 1 } });
  await host.wait(jobId);
  await assert.rejects(() => host.cancel(jobId, 'late'), {
    code: 'JOB_OVER',
    details: { state: 'completed' },
  });
});
