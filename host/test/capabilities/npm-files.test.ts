import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedLock, packageJsonOf } from '../../src/capabilities/npm-files.ts';

test('of a package.json only what decides the installation is kept', () => {
  const text = JSON.stringify({ name: 'a', scripts: { test: 'x' }, dependencies: { ms: '2' } });
  assert.deepEqual(packageJsonOf(text, 'package.json'), { name: 'a', dependencies: { ms: '2' } });
});

test('a package.json or a lock of another form is refused by its name, before npm sees it', () => {
  const refused = (read: () => unknown, message: RegExp) =>
    assert.throws(read, { code: 'DECLARATION_INVALID', message });
  refused(() => packageJsonOf('{', 'a/package.json'), /a\/package\.json: it is not JSON/);
  refused(() => packageJsonOf('[]', 'package.json'), /expected object, received array/);
  refused(() => packageJsonOf('{"dependencies":{"ms":2}}', 'package.json'), /dependencies\.ms: /);
  refused(() => checkedLock('<<<<<<<', 'package-lock.json'), /package-lock\.json: it is not JSON/);
  refused(() => checkedLock('{"lockfileVersion":1}', 'package-lock.json'), /packages: /);
});
