import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  CancelledError,
  ConfigError,
  DisabledError,
  FatalError,
  InputError,
  ResourceError,
  TimeoutError,
  TransientError,
} from '@capstan/worker';
import { loggedTrace, setTracebackPolicy, toWireError } from '../src/classify.ts';

const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

const withCode = (code: string): Error => Object.assign(new Error(code), { code });

test('foreign errors are classified by their code, or by the nearest cause that has one', () => {
  const missing = thrownBy(() => readFileSync('/nonexistent/file'));
  assert.equal(toWireError(missing).category, 'input');
  assert.equal(toWireError(withCode('ECONNREFUSED')).category, 'transient');
  assert.equal(toWireError(withCode('ENOSPC')).category, 'resource');
  assert.equal(toWireError(new Error('x')).category, 'fatal');
  // what `fetch` throws: a TypeError whose cause says what happened
  const fetchFailed = new TypeError('fetch failed', { cause: withCode('ETIMEDOUT') });
  const error = toWireError(fetchFailed);
  assert.deepEqual(
    [error.category, error.code, error.retriable],
    ['transient', 'TOOL_UNAVAILABLE', true],
  );
  assert.equal(error.exception, 'TypeError: fetch failed');
});

test('whatever is thrown becomes an error with a message', () => {
  assert.equal(toWireError('just text').message, 'just text');
  assert.equal(toWireError(undefined).message, 'undefined');
  assert.equal(toWireError(new Error('')).message, 'the tool failed without a message');
});

test('a typed error keeps its facts', () => {
  const shortfall = { resource: 'gpu_vram_mb', needed: 2, available: 1 };
  const error = toWireError(
    new ResourceError('too little', { shortfall, hint: 'use a smaller model' }),
  );
  assert.deepEqual(error.shortfall, shortfall);
  assert.equal(error.hint, 'use a smaller model');
  assert.equal(error.retriable, true);
});

test('every class of the taxonomy has its category, its code and whether trying again can help', () => {
  const rows: [Error, ...unknown[]][] = [
    [new InputError('x', { fields: ['rate'] }), 'input', 'INPUT_INVALID', false],
    [new ConfigError('x'), 'input', 'CONFIG_INVALID', false],
    [new DisabledError('x'), 'input', 'CAPABILITY_DISABLED', false],
    [new TransientError('x', { retryAfterS: 3 }), 'transient', 'TOOL_UNAVAILABLE', true],
    [new TimeoutError('x'), 'transient', 'TOOL_TIMEOUT', true],
    [new ResourceError('x'), 'resource', 'RESOURCE_EXHAUSTED', true],
    [new FatalError('x'), 'fatal', 'TOOL_FAILED', false],
    [new CancelledError(), 'cancelled', 'CANCELLED', false],
  ];
  for (const [error, ...expected] of rows) {
    const { category, code, retriable } = toWireError(error);
    assert.deepEqual([category, code, retriable], expected, error.name);
  }
  assert.equal(toWireError(new TransientError('x', { retryAfterS: 3 })).retryAfterS, 3);
  assert.equal(toWireError(new ResourceError('x', { retriable: false })).retriable, false);
});

test('codes of the operating system say whose fault it is, and what it does not know may pass', () => {
  const bySystem = (code: string): Error =>
    Object.assign(new Error(code), { code, errno: -1, syscall: 'read' });
  for (const [code, category] of [
    ['ENOENT', 'input'],
    ['ENOTDIR', 'input'],
    ['EISDIR', 'input'],
    ['EACCES', 'input'],
    ['ETIMEDOUT', 'transient'],
    ['ECONNRESET', 'transient'],
    ['EINTR', 'transient'],
    ['EAGAIN', 'transient'],
    ['EIO', 'transient'],
    ['ENOMEM', 'resource'],
  ] as const) {
    assert.equal(toWireError(bySystem(code)).category, category, code);
  }
  assert.equal(toWireError(bySystem('ENOSPC')).shortfall?.resource, 'disk_mb');
  assert.equal(toWireError(Object.assign(new Error('x'), { code: 'EMINE' })).category, 'fatal');
});

test('CUDA out of memory tells the shortfall', () => {
  const message =
    'CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 7.79 GiB of which 512.00 MiB is free.';
  const { category, shortfall } = toWireError(new Error(message));
  assert.equal(category, 'resource');
  assert.deepEqual(shortfall, { resource: 'gpu_vram_mb', needed: 2560, available: 512 });
});

test('a cause that causes itself does not hang', () => {
  const error = new Error('round');
  error.cause = error;
  assert.equal(toWireError(error).category, 'fatal');
});

test('the policy says what of an exception leaves the worker: all, all but the stack, or only its type', (t) => {
  t.after(() => setTracebackPolicy('full'));
  const error = new RangeError('the key is 12345');
  const full = toWireError(error);
  assert.match(full.traceback ?? '', /classify\.test/);
  setTracebackPolicy('repr-only');
  const brief = toWireError(error);
  assert.deepEqual([brief.exception, brief.traceback], ['RangeError: the key is 12345', undefined]);
  assert.equal(loggedTrace(error), 'RangeError: the key is 12345');
  setTracebackPolicy('none');
  assert.doesNotMatch(JSON.stringify(toWireError(error)), /12345/);
  assert.match(toWireError(error).message, /RangeError/);
  assert.equal(loggedTrace(error), undefined);
  assert.equal(toWireError(new InputError('meant to be read')).message, 'meant to be read');
});
