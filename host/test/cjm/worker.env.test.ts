import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Json, JsonObject, WireError } from '@capstan/protocol';
import type { CallOutcome } from '../../src/workers/index.ts';
import { objectOf, untilGone } from '../workers/fixtures.ts';
import { Reference } from './reference.ts';

/**
 * The conformance of our reading of that protocol: the unmodified published worker, started and driven as a
 * host would.
 */
let reference: Reference;
before(async () => {
  reference = await Reference.install();
});
after(() => reference.remove());

const resultOf = (outcome: CallOutcome): Json => {
  assert.ok(outcome.kind === 'result', JSON.stringify(outcome));
  return outcome.value;
};
const errorOf = (outcome: CallOutcome): WireError => {
  assert.ok(outcome.kind === 'error', JSON.stringify(outcome));
  return outcome.error;
};

test('the published worker starts on an inherited port and tells who it is', async (t) => {
  const { worker } = await reference.start(t);
  assert.equal(worker.dialect, 'cjm');
  assert.match(worker.address, /^tcp:127\.0\.0\.1:\d+$/);
  const health = objectOf(await worker.ask('GET', '/health'));
  assert.equal(health['pid'], worker.pid);
  assert.equal(health['name'], 'capstan-cjm-probe');
  assert.deepEqual(health['sdk'], { name: 'cjm-substrate', version: '0.0.74' });
});

test('a published worker that cannot load its capability is told at once, with what it printed', async (t) => {
  const start = reference.start(t, { module: 'capstan_cjm_probe.nowhere' });
  await assert.rejects(start, {
    code: 'WORKER_START_FAILED',
    message: /exited with code 1 before it was ready[\s\S]*FATAL: .*capstan_cjm_probe\.nowhere/,
  });
});

test('a published worker gets an allowed environment, its own folders and its secrets, and no more', async (t) => {
  process.env['CAPSTAN_TEST_SECRET_OF_THE_HOST'] = 'x';
  t.after(() => delete process.env['CAPSTAN_TEST_SECRET_OF_THE_HOST']);
  const started = await reference.start(t, { secrets: { PROBE_TOKEN: 's3cret' } });
  await started.worker.request('POST', '/initialize', {});
  const { env, cwd } = objectOf(await started.call('about'));
  const variables = env as JsonObject;
  assert.equal(variables['CAPABILITY_DATA_DIR'], started.dirs.data);
  assert.equal(variables['CJM_CAPABILITY_DATA_DIR'], join(started.dirs.data, '..'));
  assert.equal(variables['CJM_MODELS_DIR'], started.dirs.models);
  assert.equal(variables['CJM_WORKER_SESSION_ID'], started.worker.session);
  assert.equal(variables['PROBE_TOKEN'], 's3cret');
  assert.equal(variables['CAPSTAN_TEST_SECRET_OF_THE_HOST'], undefined);
  assert.equal(cwd, started.dirs.data);
});

test('an action of a published capability is called with its arguments, and its result comes back', async (t) => {
  const started = await reference.ready(t, { greeting: 'good day' });
  const outcome = await started.call('echo', { value: [1, 'é'], extra: null });
  assert.deepEqual(resultOf(outcome), {
    value: [1, 'é'],
    more: { extra: null },
    greeting: 'good day',
  });
  const plain = await started.call('execute', { action: 'echo', value: 2 });
  assert.equal(objectOf(plain)['value'], 2);
});

test('a short call of a published worker does not wait for a delayed acknowledgement', async (t) => {
  const started = await reference.ready(t);
  const tookMs: number[] = [];
  for (let count = 0; count < 20; count++) {
    const beganMs = performance.now();
    // oxlint-disable-next-line no-await-in-loop -- one after the other, on a connection that is kept
    await started.call('echo', {}, { onFrame: () => undefined });
    tookMs.push(performance.now() - beganMs);
  }
  // With Nagle's algorithm on, every one of them takes 40 ms and more.
  assert.ok(Math.min(...tookMs) < 35, tookMs.join(', '));
});

test('a file reaches a published capability as the path of it', async (t) => {
  const started = await reference.ready(t);
  const path = join(started.dirs.data, 'given.txt');
  await writeFile(path, 'abc');
  const file = { __wire__: 'capstan.file', data: { path, size: 3 } };
  assert.equal(resultOf(await started.call('read', { file, times: 2 })), 'abcabc');
});

test('a path that a published capability returns is a file where its author declared one, and text elsewhere', async (t) => {
  const isFile = { $ref: 'capstan:file' };
  const outputOf = (target: object) =>
    'action' in target && target.action === 'echo' ? null : isFile;
  const started = await reference.start(t, {}, { outputOf });
  await started.worker.request('POST', '/initialize', {});
  const value = objectOf(await started.call('write', { text: 'made' }, { callId: 'call_file' }));
  const { path } = value['data'] as { path: string };
  assert.equal(path, join(started.dirs.calls, 'call_file', 'written.txt'));
  assert.equal(readFileSync(path, 'utf8'), 'made');
  assert.ok(existsSync(join(started.dirs.data, 'written.txt')), 'its own is left to the tool');
  assert.equal(objectOf(await started.call('echo', { value: path }))['value'], path);
  // It reads the text of a file and returns it: a path, here, to a file that is not its own.
  const elsewhere = errorOf(
    await started.call('read', { file: reference.outsideFile('/etc/hostname') }),
  );
  assert.equal(elsewhere.code, 'FILE_OUTSIDE_CALL_DIR');
});

test('typed values of that protocol pass in both directions as they are tagged', async (t) => {
  const started = await reference.ready(t);
  assert.deepEqual(resultOf(await started.call('typed', { text: 'a' })), {
    __wire__: 'capstan_probe.result',
    data: { text: 'a', score: 0.5 },
  });
  const unknown = { __wire__: 'somebody.else', data: { n: 1 } };
  assert.deepEqual(objectOf(await started.call('echo', { value: unknown }))['value'], unknown);
});

test('a large result of a published capability goes to a file and not through memory', async (t) => {
  const started = await reference.ready(t);
  const value = objectOf(await started.call('large', { size: 3_000_000 }));
  assert.equal(value['__wire__'], 'capstan.file');
  const { path } = value['data'] as { path: string };
  assert.ok(path.startsWith(started.dirs.calls), path);
  const kept = JSON.parse(readFileSync(path, 'utf8')) as { text: string };
  assert.equal(kept.text.length, 3_000_000);
});

test('the errors of a published capability keep their category and what they say besides', async (t) => {
  const started = await reference.ready(t);
  const fail = async (how: string) => errorOf(await started.call('fail', { how }));

  const input = await fail('input');
  assert.equal(input.category, 'input');
  assert.deepEqual(input.fieldsInvalid, ['page']);
  assert.equal(input.retriable, false);
  assert.equal(input.exception, "CapabilityInputError('no such page')");
  assert.match(input.traceback ?? '', /in _fail/);

  const busy = await fail('transient');
  assert.deepEqual([busy.category, busy.retriable, busy.retryAfterS], ['transient', true, 2.5]);

  const big = await fail('resource');
  assert.equal(big.code, 'RESOURCE_EXHAUSTED');
  assert.deepEqual(big.shortfall, { resource: 'gpu_vram_mb', needed: 5000, available: 100 });

  assert.equal((await fail('missing')).category, 'input');
  const foreign = await fail('foreign');
  assert.deepEqual([foreign.category, foreign.code], ['fatal', 'TOOL_FAILED']);
  assert.match((await fail('nothing of these')).exception ?? '', /^KeyError/);
});

test('exceptions of a published capability are told as far as their user wants', async (t) => {
  const failure = async (tracebacks: 'repr-only' | 'none') => {
    const started = await reference.start(t, { tracebacks });
    await started.worker.request('POST', '/initialize', {});
    return errorOf(await started.call('fail', { how: 'foreign' }));
  };
  const short = await failure('repr-only');
  assert.deepEqual([short.traceback, short.exception], [undefined, "RuntimeError('it broke')"]);
  const none = await failure('none');
  assert.deepEqual(
    [none.traceback, none.exception, none.message],
    [undefined, undefined, 'RuntimeError'],
  );
});

test('an action that a published capability does not have, and a number that JSON cannot carry, are input errors', async (t) => {
  const started = await reference.ready(t);
  assert.deepEqual(errorOf(await started.call('nonsense')).fieldsInvalid, ['action']);
  assert.equal(errorOf(await started.call('not_finite')).category, 'input');
});

test('a task is called through the adapter that the published worker binds, and accounts for itself', async (t) => {
  const started = await reference.ready(t);
  const call = (method: string, kwargs: JsonObject, task = 'probing') =>
    started.call('', kwargs, { target: { task, method } });
  assert.deepEqual(resultOf(await call('probe', { text: 'a', loud: true })), {
    __wire__: 'capstan_probe.result',
    data: { text: 'A', score: 0.5 },
  });
  assert.equal(errorOf(await call('probe', { text: '' })).category, 'input');
  const accounts = started.told('account').map(({ type, payload }) => [type, payload['ok']]);
  assert.deepEqual(accounts, [
    ['task_account', true],
    ['task_account', false],
  ]);
  for (const [method, task] of [
    ['probe', 'nothing'],
    ['nothing', 'probing'],
    ['_probe', 'probing'],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop
    assert.equal(errorOf(await call(method, {}, task)).code, 'TASK_NOT_FOUND');
  }
});

test('the accounts of a published worker arrive with results and with errors, however many there are', async (t) => {
  const started = await reference.ready(t);
  assert.equal(resultOf(await started.call('record', { count: 2_000 })), 2_000);
  assert.equal(started.told('account').length, 2_000);
  assert.deepEqual(started.told('account').at(-1)?.payload, { number: 1_999, text: 'é' });
  errorOf(await started.call('fail', { how: 'whatever' }));
  assert.deepEqual(started.told('account').at(-1)?.type, 'cache_hit');
});

test('progress is asked for while a call runs, and what an earlier call left is no news', async (t) => {
  const started = await reference.ready(t);
  assert.equal(resultOf(await started.call('slow', { seconds: 1 })), 'done');
  const told = started.told('progress');
  assert.ok(told.length >= 2, JSON.stringify(told));
  assert.ok(told.every(({ progress }) => progress >= 0 && progress <= 1));
  assert.match(told.at(-1)?.message ?? '', /^step \d+$/);
  started.frames.length = 0;
  const late = new AbortController();
  setTimeout(() => late.abort('enough'), 600);
  await started.call('deaf', { seconds: 1 }, { signal: late.signal });
  assert.deepEqual(started.told('progress'), []);
});

test('usage that a published capability reports belongs to the call that reported it', async (t) => {
  const started = await reference.ready(t);
  await started.call('use', { tokens: 7 });
  assert.deepEqual(started.told('usage'), [{ event: 'usage', usage: { tokens: 7 } }]);
  started.frames.length = 0;
  await started.call('echo');
  assert.deepEqual(started.told('usage'), []);
});

test('a call of a published worker is cancelled when it looks at its flag', async (t) => {
  const started = await reference.ready(t);
  const cancel = new AbortController();
  const running = started.call('slow', { seconds: 30 }, { signal: cancel.signal });
  setTimeout(() => cancel.abort('enough'), 300);
  const error = errorOf(await running);
  assert.deepEqual([error.category, error.code], ['cancelled', 'CANCELLED']);
  assert.equal(resultOf(await started.call('slow', { seconds: 0.1 })), 'done');
});

test('a cancel that a published worker would miss, because the call begins after it, is repeated', async (t) => {
  const started = await reference.ready(t);
  const cancel = new AbortController();
  const running = started.call('slow', { seconds: 30 }, { signal: cancel.signal });
  cancel.abort('at once');
  assert.equal(errorOf(await running).category, 'cancelled');
});

test('a cancel of a call that is over does not touch the one that runs', async (t) => {
  const started = await reference.ready(t);
  await started.call('echo', {}, { callId: 'first' });
  const running = started.call('slow', { seconds: 0.5 }, { callId: 'second' });
  await started.worker.cancel('first', 'too late');
  assert.equal(resultOf(await running), 'done');
});

test('a stream of a published worker is read value by value and ends with its error', async (t) => {
  const started = await reference.ready(t);
  const numbers: Json[] = [];
  const onChunk = (value: Json) => void numbers.push((value as JsonObject)['number'] ?? null);
  const whole = await started.call('count', { n: 3 }, { stream: true, onChunk });
  assert.deepEqual([resultOf(whole), numbers], [null, [0, 1, 2]]);
  numbers.length = 0;
  const failed = await started.call('count', { n: 3, fail_at: 2 }, { stream: true, onChunk });
  assert.deepEqual(errorOf(failed).fieldsInvalid, ['n']);
  assert.deepEqual(numbers, [0, 1]);
});

test('a slow reader holds up the tool that streams, and one that goes stops it', async (t) => {
  const started = await reference.ready(t);
  const made = () => Number(readFileSync(join(started.dirs.data, 'made'), 'utf8'));
  const stop = new AbortController();
  let read = 0;
  const outcome = await started.call(
    'count',
    { n: 100_000, pad: 10_000 },
    {
      stream: true,
      signal: stop.signal,
      onChunk: async () => {
        read += 1;
        if (read === 3) await new Promise((resolve) => setTimeout(resolve, 500));
        if (read === 4) stop.abort('enough');
      },
    },
  );
  assert.equal(errorOf(outcome).category, 'cancelled');
  assert.ok(made() < 20_000, `it made ${made()} values for ${read} that were read`);
});

test('the envelope of a call reaches a published capability, and nothing of it the next', async (t) => {
  const started = await reference.ready(t);
  const envelope = { job_id: 'job_1', run_id: 'run_1', actor: 'me', control: { force: true } };
  assert.deepEqual(resultOf(await started.call('envelope', {}, { envelope })), {
    ...envelope,
    composition_id: null,
    node_id: null,
  });
  assert.equal(resultOf(await started.call('envelope')), null);
});

test('a published capability is prefetched with progress, and its hooks answer or fail in words', async (t) => {
  const started = await reference.ready(t);
  const onFrame = (frame: (typeof started.frames)[number]) => void started.frames.push(frame);
  const prefetched = await started.worker.ask('POST', '/prefetch', undefined, { onFrame });
  assert.deepEqual(resultOf(prefetched), { status: 'prefetched' });
  assert.match(started.told('progress').at(-1)?.message ?? '', /^fetching part \d$/);
  assert.deepEqual(resultOf(await started.worker.ask('POST', '/on_enable')), { status: 'enabled' });
  assert.equal(errorOf(await started.worker.ask('POST', '/on_disable')).message, 'cannot let go');
});

test('a reconfiguration of a published capability releases what its triggers name', async (t) => {
  const started = await reference.ready(t, { model: 'small' });
  const change = { old_config: { model: 'small' }, new_config: { model: 'large' } };
  const outcome = await started.worker.ask('POST', '/reconfigure', change);
  assert.deepEqual(resultOf(outcome), { status: 'reconfigured' });
  const { events } = objectOf(await started.call('about'));
  assert.deepEqual(events, ['initialize', 'release:model', 'apply']);
  assert.equal(objectOf(await started.worker.ask('GET', '/config'))['model'], 'large');
});

test('schema, options, surface and statistics of a published capability are read as our own are', async (t) => {
  const { worker } = await reference.ready(t);
  const schema = objectOf(await worker.ask('GET', '/config_schema'));
  assert.equal(((schema['properties'] as JsonObject)['greeting'] as JsonObject)['minLength'], 1);
  const options = objectOf(await worker.ask('GET', '/config_options'));
  assert.deepEqual((options['model'] as JsonObject)['options'], [
    { value: 'small', label: 'Small', metadata: {} },
  ]);
  const surface = objectOf(await worker.ask('GET', '/structural_surface'));
  const methods = surface['methods'] as { name: string }[];
  assert.ok(methods.some(({ name }) => name === 'execute_stream'));
  const stats = objectOf(await worker.ask('GET', '/stats'));
  assert.equal(stats['pid'], worker.pid);
  assert.ok(Number(stats['memory_rss_mb']) > 10);
  const status = await worker.ask('POST', '/get_system_status');
  assert.equal(errorOf(status).code, 'NOT_SUPPORTED');
});

test('an initialize that a published capability refuses is told in its words', async (t) => {
  const { worker } = await reference.start(t);
  const error = errorOf(await worker.ask('POST', '/initialize', { grating: 1 }));
  assert.equal(error.category, 'fatal');
  assert.match(error.message, /grating/);
});

test('what a published capability prints while it initializes is a sign of life, as it answers nothing then', async (t) => {
  const started = await reference.start(t);
  const config = { initialize_s: 0.5, initialize_prints: true };
  const onFrame = (frame: (typeof started.frames)[number]) => void started.frames.push(frame);
  await started.worker.ask('POST', '/initialize', config, { onFrame });
  assert.ok(started.told('progress').some(({ message }) => message.startsWith('still loading')));
});

test('a published worker that dies during a call is lost, with the signal that killed it and its last words', async (t) => {
  const killed = await reference.ready(t);
  const outcome = await killed.call('die', { how: 'SIGKILL' });
  assert.ok(outcome.kind === 'lost', JSON.stringify(outcome));
  assert.match(outcome.error.message, /was killed by SIGKILL[\s\S]*last words/);
  // The kernel did not report a lack of memory.
  assert.equal(outcome.error.category, 'transient');

  const crashed = await reference.ready(t);
  const crash = await crashed.call('die', { how: 'SIGSEGV' });
  assert.ok(crash.kind === 'lost', JSON.stringify(crash));
  assert.match(crash.error.message, /was killed by SIGSEGV/);
  assert.equal(crashed.worker.isAlive, false);
  assert.equal((await crashed.call('echo')).kind, 'lost');
});

test('a published worker cleans up at its end, and nothing that it started is left', async (t) => {
  const started = await reference.ready(t);
  const pids = resultOf(await started.call('leak')) as number[];
  const exit = await started.worker.stop();
  assert.match(exit.message, /^was stopped/);
  assert.ok(existsSync(join(started.dirs.data, 'cleaned')));
  await untilGone(pids, 2_000);
});
