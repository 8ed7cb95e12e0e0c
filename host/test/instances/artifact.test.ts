import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, statSync } from 'node:fs';
import { link, mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { keepArtifact } from '../../src/instances/artifact.ts';
import { collectOutputs } from '../../src/instances/outputs.ts';
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

test('the mode of a file that was linked into the folder of a call is not ours to change', async (t) => {
  const at = await folders(t);
  const other = join(at.callDir, '..', 'mine.txt');
  const path = join(at.callDir, 'out.txt');
  await writeFile(other, 'mine', { mode: 0o600 });
  await link(other, path);
  await keepArtifact(path, at);
  assert.equal((await stat(other)).mode & 0o777, 0o600);
});

test('a file on another disk is copied there and gone here', { skip: noOtherDisk() }, async (t) => {
  const at = await folders(t);
  const elsewhere = mkdtempSync('/dev/shm/capstan-');
  t.after(() => rm(elsewhere, { recursive: true }));
  const path = join(elsewhere, 'out.txt');
  await writeFile(path, 'from afar');
  const artifact = await keepArtifact(path, { ...at, callDir: elsewhere });
  assert.equal(await readFile(artifact.path, 'utf8'), 'from afar');
  assert.equal((await stat(artifact.path)).mode & 0o777, 0o444);
  await assert.rejects(stat(path), /ENOENT/);
});

test('a given file that the call has changed in place is returned with the content it has now', async (t) => {
  const at = await folders(t);
  const path = join(at.callDir, '..', 'given.txt');
  await writeFile(path, 'changed');
  const file = { path, sha256: 'what it was', size: 3 };
  const value = { __wire__: 'capstan.file', data: { ...file } };
  const { result, artifacts } = await collectOutputs({ value }, [file], at);
  const sha256 = createHash('sha256').update('changed').digest('hex');
  assert.deepEqual(result, {
    value: { __wire__: 'capstan.file', data: { path, sha256, size: 7 } },
  });
  assert.deepEqual(artifacts, []);
});

test('a given file that the call has removed is refused', async (t) => {
  const at = await folders(t);
  const path = join(at.callDir, '..', 'gone.txt');
  const value = { __wire__: 'capstan.file', data: { path } };
  await assert.rejects(collectOutputs(value, [{ path }], at), { code: 'FILE_NOT_FOUND' });
});

function noOtherDisk(): string | false {
  if (!existsSync('/dev/shm')) return 'there is no other disk';
  return statSync('/dev/shm').dev === statSync(tmpdir()).dev ? 'both are one disk' : false;
}
