import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ResourceError } from '@capstan/worker';
import { toWireError } from '../src/classify.ts';

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
