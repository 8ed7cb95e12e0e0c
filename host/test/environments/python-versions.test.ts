import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compareVersions,
  satisfies,
  whyNotARange,
} from '../../src/environments/python-versions.ts';

const cases: [version: string, range: string, fits: boolean][] = [
  ['3.11.7', '>=3.10,<3.13', true],
  ['3.13.0', '>=3.10,<3.13', false],
  ['3.9.18', '>=3.10', false],
  ['3.10.0', '>=3.9', true],
  ['3.11.7', '3.11', true],
  ['3.12.1', '3.11', false],
  ['3.1.0', '3.11', false],
  ['3.11.7', '3.11.7', true],
  ['3.11.8', '3.11.7', false],
  ['3.12.4', '==3.12.*', true],
  ['3.11.7', '!=3.11.7', false],
  ['3.12.0', '~=3.11', true],
  ['3.12.0', '~=3.11.2', false],
  ['3.11.9', '~=3.11.2', true],
  ['3.13.0', '>3.12', true],
  ['3.12.0', '<=3.12', true],
];

for (const [version, range, fits] of cases) {
  test(`Python ${version} ${fits ? 'satisfies' : 'does not satisfy'} ${range}`, () => {
    assert.equal(satisfies(version, range), fits);
  });
}

test('a range that cannot be read is explained, not ignored', () => {
  assert.match(whyNotARange('three') ?? '', /"three" is not a Python version range/);
  assert.match(whyNotARange('>=3.10,,') ?? '', /not a Python version range/);
  assert.equal(whyNotARange('>= 3.10, < 3.13'), null);
});

test('versions compare by number, not by letter', () => {
  assert.ok(compareVersions('3.10', '3.9') > 0);
  assert.equal(compareVersions('22.3', '22.3.0'), 0);
});
