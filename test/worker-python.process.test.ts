import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { Interpreters, satisfies } from '../host/src/environments/index.ts';

const supported = '>=3.9,<3.14';
const found = await new Interpreters(process.env).list();
const byMinor = Map.groupBy(
  found.filter(({ version }) => satisfies(version, supported)),
  ({ version }) => version.split('.').slice(0, 2).join('.'),
);

test('there is a Python that the SDK supports', () => {
  assert.ok(byMinor.size > 0, `none of ${found.map(({ version }) => version).join(', ')}`);
});

for (const [minor, [interpreter]] of byMinor) {
  test(`the Python SDK keeps its promises on Python ${minor}`, () => {
    const { status, stdout, stderr } = spawnSync(
      interpreter?.path ?? 'python3',
      ['-m', 'unittest', 'discover', '--start-directory', '.', '--top-level-directory', '.'],
      { cwd: 'worker-python/tests', encoding: 'utf8' },
    );
    assert.equal(status, 0, `${stdout}\n${stderr}`);
    assert.match(stderr, /^Ran [1-9]\d* tests/m);
  });
}
