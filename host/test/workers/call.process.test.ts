import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frame } from '@capstan/protocol';
import { call, objectOf, start } from './fixtures.ts';

test('a call carries its id, deadline, fence and envelope', async (t) => {
  const { worker } = await start(t, 'well-behaved');
  const outcome = await worker.call({
    callId: 'call_42',
    target: { action: 'headers' },
    kwargs: {},
    envelope: { job_id: 'job_1' },
    deadlineMs: 1234.5,
    fence: 9,
  });
  const seen = objectOf(outcome);
  assert.equal(seen['capstan-call'], 'call_42');
  assert.equal(seen['capstan-deadline-ms'], '1235');
  assert.equal(seen['capstan-fence'], '9');
  assert.deepEqual(seen['envelope'], { job_id: 'job_1' });
});

test('frames arrive while the call runs, and a cancel ends that call alone', async (t) => {
  const { worker } = await start(t, 'well-behaved');
  const begin = (callId: string, signal: AbortSignal) => {
    const hasBegun = Promise.withResolvers<Frame>();
    const outcome = worker.call({
      callId,
      target: { action: 'wait' },
      kwargs: {},
      signal,
      onFrame: hasBegun.resolve,
    });
    return { hasBegun: hasBegun.promise, outcome };
  };
  const [first, second] = [new AbortController(), new AbortController()];
  const one = begin('call_1', first.signal);
  const two = begin('call_2', second.signal);
  assert.deepEqual(await one.hasBegun, { event: 'progress', progress: 0, message: 'begun' });
  await two.hasBegun;

  first.abort('not needed');
  const ended = await one.outcome;
  assert.ok(ended.kind === 'error');
  assert.equal(ended.error.category, 'cancelled');
  assert.equal(ended.error.message, 'cancelled: not needed');

  const untouched = await Promise.race([two.outcome, worker.ask('GET', '/health')]);
  assert.deepEqual(untouched, { kind: 'result', value: { status: 'ok' } });
  second.abort('nor this');
  assert.equal((await two.outcome).kind, 'error');
});

test('a call that is cancelled before it is sent is not sent', async (t) => {
  const { worker } = await start(t, 'crashes-in-call');
  const signal = AbortSignal.abort();
  const outcome = await worker.call({
    callId: 'c',
    target: { action: 'exit' },
    kwargs: {},
    signal,
  });
  assert.ok(outcome.kind === 'error');
  assert.equal(outcome.error.code, 'CANCELLED');
});

const breaches = {
  'answers-invalid-json': /something that is not JSON: "<html>Internal error\..*…"$/,
  'answers-malformed-error': /status 500 and no error/,
  'answers-too-much': /more than 4194304 bytes; a large result belongs in a file/,
  'returns-nan': /not JSON: ".*NaN/,
  'speaks-no-http': /does not speak HTTP/,
};
for (const [name, says] of Object.entries(breaches)) {
  test(`${name} is a breach of the protocol that quotes it`, async (t) => {
    const { worker } = await start(t, name);
    const outcome = await call(worker, 'anything');
    assert.ok(outcome.kind === 'error', JSON.stringify(outcome));
    assert.equal(outcome.error.code, 'WORKER_PROTOCOL');
    assert.match(outcome.error.message, says);
    assert.ok(outcome.error.message.length < 500);
  });
}

test('ends-stream-early is a lost call', async (t) => {
  const { worker } = await start(t, 'ends-stream-early');
  const frames: Frame[] = [];
  const outcome = await worker.call({
    callId: 'c',
    target: { action: 'x' },
    kwargs: {},
    onFrame: (frame) => void frames.push(frame),
  });
  assert.ok(outcome.kind === 'lost');
  assert.match(outcome.error.message, /ended its answer without a result/);
  assert.equal(frames.length, 1);
});

const deaths = [
  { action: 'exit', says: /exited with code 7 during the call/, category: 'transient' },
  { action: 'SIGSEGV', says: /was killed by SIGSEGV during the call/, category: 'transient' },
  {
    action: 'SIGKILL',
    says: /was killed by SIGKILL during the call/,
    category: 'transient',
  },
  {
    action: 'a full heap',
    says: /its JavaScript heap was full during the call/,
    category: 'resource',
  },
];
for (const { action, says, category } of deaths) {
  test(`a worker that dies of ${action} in a call is lost, with the cause and its last words`, async (t) => {
    const { worker } = await start(t, 'crashes-in-call');
    const outcome = await call(worker, action);
    assert.ok(outcome.kind === 'lost');
    assert.equal(outcome.error.code, 'WORKER_LOST');
    assert.equal(outcome.error.category, category);
    assert.match(outcome.error.message, says);
    assert.match(outcome.error.message, new RegExp(`about to die of ${action}`));
    const again = await call(worker, 'anything');
    assert.ok(again.kind === 'lost', 'and so is every later call');
  });
}

test('a request with a time limit gives up, and the worker may go on', async (t) => {
  const { worker } = await start(t, 'hangs-in-call');
  void call(worker, 'hang');
  const outcome = await worker.ask('GET', '/health', undefined, { timeoutMs: 200 });
  assert.ok(outcome.kind === 'error');
  assert.equal(outcome.error.code, 'DEADLINE_EXCEEDED');
});
