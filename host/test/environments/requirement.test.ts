import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requirementIdentity } from '../../src/environments/identity.ts';
import { npm, python } from './workbench.ts';

const at = (path: string, sha256: string) => ({ ...npm(), files: [{ path, sha256 }] });

test('the order in which packages are listed makes no other environment', () => {
  assert.deepEqual(
    requirementIdentity(python('uv', 'numpy', 'six')),
    requirementIdentity(python('uv', 'six', 'numpy')),
  );
  assert.deepEqual(requirementIdentity(npm('a', 'b')), requirementIdentity(npm('b', 'a')));
});

test('a local package counts by its content, not by its place', () => {
  assert.deepEqual(
    requirementIdentity(at('/a/x.tgz', '1')),
    requirementIdentity(at('/b/x.tgz', '1')),
  );
  assert.notDeepEqual(
    requirementIdentity(at('/a/x.tgz', '1')),
    requirementIdentity(at('/a/x.tgz', '2')),
  );
});

test('a lock, a Python range and a constraint each make another environment', () => {
  const plain = python('venv', 'six');
  const others = [
    { ...plain, lock: ['six==1.16.0'] },
    { ...plain, python: '>=3.11' },
    { ...plain, constraints: ['six<2'] },
  ];
  for (const other of others) {
    assert.notDeepEqual(requirementIdentity(other), requirementIdentity(plain));
  }
});
