import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pythonPackage } from '../../src/capabilities/installed-module.ts';

const packages: [spec: string, name: string, address: string][] = [
  ['tool', 'tool', ''],
  ['tool==1.2', 'tool', ''],
  ['tool[gpu,extra]>=1.2,<2 ; python_version > "3"', 'tool', ''],
  ['tool[gpu] @ https://h.org/a/tool-1.2.tar.gz', 'tool', 'https://h.org/a/tool-1.2.tar.gz'],
  ['git+https://h.org/me/repo.git@v1.2#egg=my-tool', 'my-tool', 'https://h.org/me/repo.git'],
  ['git+https://h.org/me/repo.git@main', '', 'https://h.org/me/repo.git'],
  ['git+ssh://git@h.org/me/repo', '', 'ssh://git@h.org/me/repo'],
  ['my-tool @ git+https://h.org/me/repo', 'my-tool', 'https://h.org/me/repo'],
  [
    'https://h.org/my_tool-1.2-py3-none-any.whl',
    'my_tool',
    'https://h.org/my_tool-1.2-py3-none-any.whl',
  ],
];
for (const [spec, name, address] of packages) {
  test(`version pins, extras and addresses do not break the guess of a package's name: ${spec}`, () => {
    assert.deepEqual(pythonPackage({ kind: 'package', spec }), { name, address });
  });
}
