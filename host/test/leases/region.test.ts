import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { resolveRegion } from '../../src/leases/index.ts';
import { folderFor } from './world.ts';

function treeFor(t: Parameters<typeof folderFor>[0]) {
  const folder = folderFor(t);
  const tree = join(folder, 'tree');
  mkdirSync(join(tree, 'src', 'api'), { recursive: true });
  mkdirSync(join(folder, 'outside'));
  writeFileSync(join(tree, 'src', 'a.ts'), '');
  symlinkSync('src', join(tree, 'link'));
  symlinkSync(join(tree, 'src', 'api'), join(tree, 'deep'));
  symlinkSync('../outside', join(tree, 'escape'));
  symlinkSync('nowhere', join(tree, 'broken'));
  symlinkSync(tree, join(folder, 'other-name'));
  const resolved = (at: string, ...patterns: string[]): readonly string[] => {
    const region = resolveRegion(at, patterns);
    assert.equal(region.kind, 'region', region.kind === 'refused' ? region.reason : '');
    return region.kind === 'region' ? [region.claim.tree, ...region.claim.patterns] : [];
  };
  const refused = (...patterns: string[]): string => {
    const region = resolveRegion(tree, patterns);
    assert.ok(region.kind === 'refused', JSON.stringify(region));
    assert.ok(region.reason.length > 10 && region.hint.length > 5);
    return region.code;
  };
  return { folder, tree, resolved, refused };
}

test('a tree is known by its real path, whatever name it is called by', (t) => {
  const { folder, tree, resolved } = treeFor(t);
  assert.deepEqual(resolved(join(folder, 'other-name'), 'src/**'), [tree, 'src/**']);
  assert.deepEqual(resolved(tree, join(folder, 'other-name', 'src', '**')), [tree, 'src/**']);
  assert.deepEqual(resolved(tree, join(tree, 'src/a.ts')), [tree, 'src/a.ts']);
});

test('a link that stays in the tree is another name of where it leads', (t) => {
  const { tree, resolved } = treeFor(t);
  assert.deepEqual(resolved(tree, 'link/**'), [tree, 'src/**']);
  assert.deepEqual(resolved(tree, 'link/new/*.ts'), [tree, 'src/new/*.ts']);
  assert.deepEqual(resolved(tree, 'deep'), [tree, 'src/api']);
  assert.deepEqual(resolved(tree, 'link/a.ts', 'src/a.ts'), [tree, 'src/a.ts']);
  assert.deepEqual(resolved(tree, '{link,docs}/**'), [tree, 'src/**', 'docs/**']);
});

test('a link that leads out of the tree, or nowhere, is refused', (t) => {
  const { refused } = treeFor(t);
  assert.equal(refused('escape'), 'REGION_OUTSIDE_TREE');
  assert.equal(refused('escape/**'), 'REGION_OUTSIDE_TREE');
  assert.equal(refused('src/**', 'escape/x'), 'REGION_OUTSIDE_TREE');
  assert.equal(refused('{escape,src}/x'), 'REGION_OUTSIDE_TREE');
  assert.equal(refused('broken/x'), 'REGION_INVALID');
});

test('what is outside of the tree, empty or no pattern is refused with a code and a next step', (t) => {
  const { tree, refused } = treeFor(t);
  assert.equal(refused('/etc/passwd'), 'REGION_OUTSIDE_TREE');
  assert.equal(refused('../outside'), 'REGION_OUTSIDE_TREE');
  assert.equal(refused(`${tree}/../outside/x`), 'REGION_OUTSIDE_TREE');
  assert.equal(refused(`${tree}2/x`), 'REGION_OUTSIDE_TREE');
  assert.equal(refused(), 'REGION_EMPTY');
  assert.equal(refused(''), 'REGION_EMPTY');
  assert.equal(refused('a\0b'), 'REGION_INVALID');
  assert.equal(refused('!src'), 'REGION_INVALID');
  assert.equal(refused(...Array.from({ length: 10_000 }, (_, n) => `f${n}`)), 'REGION_INVALID');
  const nowhere = resolveRegion(join(tree, 'none'), ['a']);
  assert.ok(nowhere.kind === 'refused' && nowhere.code === 'REGION_OUTSIDE_TREE');
});

test('what is not there yet is taken as it is written', (t) => {
  const { tree, resolved } = treeFor(t);
  assert.deepEqual(resolved(tree, 'new/dir/**', './x//y'), [tree, 'new/dir/**', 'x/y']);
});
