import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayStart } from '../../src/instances/crash-loop.ts';

const minute = 60_000;

test('two failures are bad luck', () => {
  assert.deepEqual(mayStart([0, 1000], 2000), { kind: 'allowed' });
});

test('a third within five minutes earns a pause of one', () => {
  assert.deepEqual(mayStart([0, 1000, 2000], 3000), { kind: 'refused', forMs: minute - 1000 });
  assert.deepEqual(mayStart([0, 1000, 2000], 2000 + minute), { kind: 'allowed' });
});

test('after the pause one try is allowed, and its failure earns another pause', () => {
  const again = 2000 + minute;
  assert.equal(mayStart([0, 1000, 2000, again], again + 1).kind, 'refused');
});

test('failures far apart are no loop', () => {
  assert.deepEqual(mayStart([0, 3 * minute, 6 * minute], 6 * minute + 1), { kind: 'allowed' });
});
