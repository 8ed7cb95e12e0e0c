import assert from 'node:assert/strict';
import { link, mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { keepArtifact } from '../../src/instances/artifact.ts';
import { temporaryFolder } from '../workers/fixtures.ts';

async function folders(t: TestContext) {
  const root = temporaryFolder(t);
  const callDir = join(root, 'calls', 'call_1');
  await mkdir(callDir, { recursive: true });
  return { callDir, artifactsDir: join(root, 'artifacts') };
}

test('a file with a second name elsewhere is copied, so that nobody can change it through that', async (t) => {
  const at = await folders(t);
  const other = join(at.callDir, '..', 'other.txt');
  const path = join(at.callDir, 'out.txt');
  await writeFile(other, 'shared');
  await link(other, path);
  const artifact = await keepArtifact(path, at);
  await writeFile(other, 'CHANGED', { flag: 'w' }).catch(() => {});
  assert.equal(await readFile(artifact.path, 'utf8'), 'shared');
  assert.notEqual((await stat(artifact.path)).ino, (await stat(other)).ino);
});

test('the event loop turns while a large file is hashed', async (t) => {
  const at = await folders(t);
  const path = join(at.callDir, 'large.bin');
  await writeFile(path, '');
  await truncate(path, 64 * 1024 * 1024);
  let turns = 0;
  const counting = setInterval(() => turns++, 0);
  const { size } = await keepArtifact(path, at);
  clearInterval(counting);
  assert.equal(size, 64 * 1024 * 1024);
  assert.ok(turns >= 20, `${turns} turns`);
});
