import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountsOf } from '../../src/workers/cjm/accounts.ts';
import { BodyReader, StreamReader } from '../../src/workers/cjm/bodies.ts';
import { errorOf, refusalOf } from '../../src/workers/cjm/errors.ts';
import { progressOf } from '../../src/workers/cjm/progress.ts';
import { askOf } from '../../src/workers/cjm/request.ts';

const jobError = (more: object) => ({ message: 'no', retriable: true, ...more });
const context = (told: unknown[] = [], problems: string[] = []) => ({
  label: 'tool',
  path: '/execute',
  onFrame: (frame: unknown) => void told.push(frame),
  onProblem: (what: string) => void problems.push(what),
});

test('an unknown category is fatal, and an error without a message is none', () => {
  assert.deepEqual(
    [
      errorOf(jobError({ category: 'odd' }), 'tool')?.category,
      errorOf({ category: 'fatal' }, 'tool'),
    ],
    ['fatal', null],
  );
  const empty = errorOf(jobError({ message: '', original_exc_repr: 'ValueError()' }), 'tool');
  assert.equal(empty?.message, 'ValueError()');
});

test('side data of the wrong kind is left out, and the error still counts', () => {
  const error = errorOf(
    jobError({
      category: 'resource',
      retry_after_seconds: 'soon',
      fields_invalid: 'page',
      resource_shortfall: { resource: 'disk_mb', needed: 'much' },
      occurred_at: 'yesterday',
      traceback: 7,
    }),
    'tool',
  );
  assert.equal(error?.category, 'resource');
  assert.deepEqual(error.shortfall, { resource: 'disk_mb', needed: null, available: null });
  assert.deepEqual(
    [error.retryAfterS, error.fieldsInvalid, error.traceback],
    [undefined, undefined, undefined],
  );
});

test('a setting that a tool refuses is a configuration error, and a cancel is known by its name', () => {
  const config = errorOf(
    jobError({ category: 'user_input', original_exc_repr: "CapabilityConfigError('x')" }),
    'tool',
  );
  assert.deepEqual([config?.category, config?.code], ['input', 'CONFIG_INVALID']);
  const cancelled = errorOf(
    jobError({ category: 'transient', original_exc_repr: "CapabilityCancelledError('tool')" }),
    'tool',
  );
  assert.deepEqual([cancelled?.category, cancelled?.retriable], ['cancelled', false]);
});

test('an answer of the frame itself is told by its status and its words', () => {
  const cases: [number, string, string, string, RegExp][] = [
    [500, 'Internal Server Error', '/execute', 'TOOL_FAILED', /status 500.*Internal Server Error/],
    [422, '{"detail":[{"loc":["body"]}]}', '/execute', 'TOOL_FAILED', /"loc"/],
    [
      404,
      '{"detail":"Not Found"}',
      '/structural_surface',
      'NOT_SUPPORTED',
      /has no structural_surface/,
    ],
    [404, '{"detail":"No adapter"}', '/task', 'TASK_NOT_FOUND', /No adapter/],
    [409, '{"detail":"tool"}', '/execute', 'CANCELLED', /was cancelled/],
    [400, '{"detail":"no such model"}', '/initialize', 'TOOL_FAILED', /^no such model$/],
    [500, '', '/prefetch', 'TOOL_FAILED', /failed at \/prefetch/],
  ];
  for (const [status, text, path, code, says] of cases) {
    const error = refusalOf(status, text, path, 'tool');
    assert.equal(error.code, code, `${status} ${text}`);
    assert.match(error.message, says);
  }
});

test('accounts that are malformed are told of and left out, and cost no result', () => {
  const problems: string[] = [];
  const header = JSON.stringify([
    { event_type: 'cache_hit', payload: { a: 1 } },
    { event_type: 'bare' },
    { payload: {} },
    { event_type: 'wrong', payload: [1] },
    7,
  ]);
  const found = accountsOf({ 'x-cjm-accounts': header }, (what) => problems.push(what));
  assert.deepEqual(
    found.map((frame) => (frame.event === 'account' ? [frame.type, frame.payload] : [])),
    [
      ['cache_hit', { a: 1 }],
      ['bare', {}],
    ],
  );
  assert.equal(problems.length, 3);
  assert.deepEqual(
    accountsOf({ 'x-cjm-accounts': '{' }, (what) => problems.push(what)),
    [],
  );
  assert.deepEqual(
    accountsOf({}, () => assert.fail('there is none')),
    [],
  );
});

test('progress of any kind becomes one between 0 and 1, or -1', () => {
  const cases: [unknown, number][] = [
    [0.4, 0.4],
    [7, 1],
    [-3, -1],
    [null, -1],
    ['half', -1],
  ];
  for (const [progress, wanted] of cases) {
    assert.deepEqual(progressOf({ progress, message: 'x' }), { progress: wanted, message: 'x' });
  }
  assert.equal(progressOf('soon'), null);
});

test('files at any depth of the arguments become paths, and other tagged values stay', () => {
  const file = { __wire__: 'capstan.file', data: { path: '/a/b.txt' } };
  const typed = { __wire__: 'speech.result', data: { text: 'x' } };
  const { path, body } = askOf({
    callId: 'c',
    target: { action: 'read' },
    kwargs: { one: file, many: [file, { deep: file }], typed },
  });
  assert.equal(path, '/execute');
  assert.deepEqual(JSON.parse(body ?? ''), {
    args: [],
    kwargs: { one: '/a/b.txt', many: ['/a/b.txt', { deep: '/a/b.txt' }], typed, action: 'read' },
  });
});

test('an action called execute passes its arguments on and names no action', () => {
  const plain = askOf({
    callId: 'c',
    target: { action: 'execute' },
    kwargs: { n: 1 },
    stream: true,
  });
  assert.equal(plain.path, '/execute_stream');
  assert.deepEqual(JSON.parse(plain.body ?? ''), { args: [], kwargs: { n: 1 } });
});

test('an answer that is no JSON, or holds a number that JSON cannot carry, is a breach that quotes it', async () => {
  for (const text of ['<html>', '{"a": NaN}', '[1e400]']) {
    const reader = new BodyReader(context(), null);
    reader.onStart(200, {});
    // oxlint-disable-next-line no-await-in-loop
    await reader.onData(Buffer.from(text));
    // oxlint-disable-next-line no-await-in-loop
    await assert.rejects(reader.outcome(), { name: 'ProtocolBreach' });
  }
});

test('a stream may be cut anywhere, and one that breaks off within a value is no answer', async () => {
  const values: unknown[] = [];
  const reader = new StreamReader(context(), (value) => void values.push(value));
  reader.onStart(200, {});
  for (const byte of Buffer.from('{"é":1}\n\n{"b":2}\n')) {
    // oxlint-disable-next-line no-await-in-loop
    await reader.onData(Buffer.from([byte]));
  }
  assert.deepEqual(values, [{ é: 1 }, { b: 2 }]);
  assert.deepEqual(await reader.outcome(), { kind: 'result', value: null });
  await reader.onData(Buffer.from('{"half":'));
  assert.equal(await reader.outcome(), null);
});
