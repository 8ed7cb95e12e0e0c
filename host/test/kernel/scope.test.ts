import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRegion } from '../../src/kernel/regions/index.ts';
import { checkScope } from '../../src/kernel/scope.ts';

const region = compileRegion({ patterns: ['src/api/**', 'docs/api.md'] });
const shared = compileRegion({ patterns: ['package-lock.json', '**/__init__.py'] });

test('files inside of the region are in scope', () => {
  const files = ['src/api/a.ts', 'src/api/deep/b.ts', './docs/api.md'];
  assert.deepEqual(checkScope({ region, files }), { kind: 'in_scope', tolerated: [], shared: [] });
});

test('no files are in scope', () => {
  assert.equal(checkScope({ region, files: [] }).kind, 'in_scope');
});

test('some inside and some outside is creep, and names those outside once', () => {
  assert.deepEqual(
    checkScope({ region, files: ['src/api/a.ts', 'src/web/b.ts', 'src/web/b.ts'] }),
    {
      kind: 'scope_creep',
      outside: ['src/web/b.ts'],
      shared: [],
    },
  );
});

test('nothing inside is the wrong target', () => {
  assert.deepEqual(checkScope({ region, files: ['src/web/b.ts'] }), {
    kind: 'wrong_target',
    outside: ['src/web/b.ts'],
    shared: [],
  });
});

test('a path that leads out of the tree or away again is outside', () => {
  for (const file of [
    '../src/api/a.ts',
    'src/api/../../etc',
    '/src/api/a.ts',
    'src/api/../web/x',
  ]) {
    assert.equal(checkScope({ region, files: [file] }).kind, 'wrong_target', file);
  }
});

test('files of everybody are neither inside nor outside', () => {
  const files = ['package-lock.json', 'lib/__init__.py'];
  assert.deepEqual(checkScope({ region, files, shared }), {
    kind: 'in_scope',
    tolerated: [],
    shared: files,
  });
  const found = checkScope({ region, files: [...files, 'src/web/b.ts'], shared });
  assert.equal(found.kind, 'wrong_target', 'a file of everybody does not make it the right target');
});

test('so many files as are tolerated may lie outside, and one more may not', () => {
  const files = ['src/api/a.ts', 'x', 'y'];
  assert.deepEqual(checkScope({ region, files, tolerate: 2 }), {
    kind: 'in_scope',
    tolerated: ['x', 'y'],
    shared: [],
  });
  assert.equal(checkScope({ region, files, tolerate: 1 }).kind, 'scope_creep');
});
