import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { chmod, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { contentHash } from '../../src/environments/content-hash.ts';
import { snapshotSource } from '../../src/environments/snapshot.ts';
import { temporaryFolder, writeFiles } from './workbench.ts';

test('the same content is copied once, under its hash', async (t) => {
  const folder = temporaryFolder(t);
  await writeFiles(folder, { 'a/tool.py': 'x = 1', 'b/tool.py': 'x = 1' });
  const first = await snapshotSource(join(folder, 'a'), join(folder, 'env'));
  const second = await snapshotSource(join(folder, 'b'), join(folder, 'env'));
  assert.equal(first.folder, second.folder);
  assert.equal(first.folder, join(folder, 'env', 'code', first.sha256));
  assert.deepEqual(readdirSync(join(folder, 'env', 'code')), [first.sha256]);
});

test('a single file is copied under its own name, and the copy’s path is that file', async (t) => {
  const folder = temporaryFolder(t);
  await writeFiles(folder, { 'speech.py': 'x = 1' });
  const { path } = await snapshotSource(join(folder, 'speech.py'), join(folder, 'env'));
  assert.match(path, /speech\.py$/);
  assert.equal(readFileSync(path, 'utf8'), 'x = 1');
});

test('a change of content, of a name or of the executable bit is another snapshot', async (t) => {
  const folder = temporaryFolder(t);
  await writeFiles(folder, {
    'a/run': 'x',
    'b/run': 'y',
    'c/walk': 'x',
    'd/run': '#!x',
    'e/run': '#!x',
  });
  await chmod(join(folder, 'd/run'), 0o644);
  const hashes = await Promise.all(
    ['a', 'b', 'c', 'd', 'e'].map((name) => contentHash(join(folder, name))),
  );
  assert.equal(new Set(hashes).size, 5);
});

test('what tools leave in a source folder is neither hashed nor copied', async (t) => {
  const folder = temporaryFolder(t);
  const files = { 'src/tool.py': 'x', 'src/lib/part.py': 'y' };
  await writeFiles(folder, files);
  const before = await contentHash(join(folder, 'src'));
  await writeFiles(folder, {
    'src/node_modules/a/index.js': '',
    'src/.git/HEAD': '',
    'src/__pycache__/tool.pyc': '',
    'src/.venv/bin/python': '',
    'src/.capstan/state.db': '',
  });
  assert.equal(await contentHash(join(folder, 'src')), before);
  const { path } = await snapshotSource(join(folder, 'src'), join(folder, 'env'));
  assert.deepEqual(readdirSync(path).toSorted(), ['lib', 'tool.py']);
  assert.ok(existsSync(join(path, 'lib/part.py')));
});

test('a link inside the source is kept, one that leaves it is refused', async (t) => {
  const folder = temporaryFolder(t);
  await writeFiles(folder, { 'src/data/one.txt': '1', 'outside.txt': 'secret' });
  symlinkSync(join(folder, 'src/data/one.txt'), join(folder, 'src/link.txt'));
  const { path } = await snapshotSource(join(folder, 'src'), join(folder, 'env'));
  assert.equal(await readlink(join(path, 'link.txt')), 'data/one.txt');

  symlinkSync('../outside.txt', join(folder, 'src/escape.txt'));
  await assert.rejects(snapshotSource(join(folder, 'src'), join(folder, 'env')), {
    code: 'DECLARATION_INVALID',
    message: /escape\.txt is a symbolic link to \.\.\/outside\.txt, outside the source folder/,
  });
});

test('a source that is not there is said to be missing', async (t) => {
  const folder = temporaryFolder(t);
  await assert.rejects(snapshotSource(join(folder, 'nope.py'), folder), { code: 'FILE_NOT_FOUND' });
});

test('a copy that somebody edited is made again', async (t) => {
  const folder = temporaryFolder(t);
  await writeFiles(folder, { 'tool.py': 'x = 1' });
  const { path } = await snapshotSource(join(folder, 'tool.py'), join(folder, 'env'));
  await writeFile(path, 'x = 2');
  await snapshotSource(join(folder, 'tool.py'), join(folder, 'env'));
  assert.equal(await readFile(path, 'utf8'), 'x = 1');
});
