import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { open, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { contentHashOf } from '../src/content.ts';
import { temporaryFolder } from './workers/fixtures.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function hashOf(path: string): Promise<string> {
  const handle = await open(path);
  return contentHashOf(handle).finally(() => handle.close());
}

test('a small and a large file are hashed by their content', async (t) => {
  const folder = temporaryFolder(t);
  const small = join(folder, 'small');
  const large = join(folder, 'large');
  await writeFile(small, 'hello');
  const text = 'x'.repeat(20 * 1024 * 1024);
  await writeFile(large, text);
  assert.equal(await hashOf(small), sha256('hello'));
  const both = await Promise.all([hashOf(large), hashOf(large)]);
  assert.deepEqual(both, [sha256(text), sha256(text)]);
});

test('a file that was changed is hashed again, also within its time and at the same size', async (t) => {
  const path = join(temporaryFolder(t), 'file');
  const then = new Date(Date.now() - 60_000);
  await writeFile(path, 'before');
  await utimes(path, then, then);
  assert.equal(await hashOf(path), sha256('before'));
  await writeFile(path, 'after!');
  await utimes(path, then, then);
  assert.equal(await hashOf(path), sha256('after!'));
});

test('the event loop turns while a large file is hashed, and nobody waits for its thread at the end', async (t) => {
  const path = join(temporaryFolder(t), 'sparse');
  await writeFile(path, '');
  await truncate(path, 256 * 1024 * 1024);
  let longestMs = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - last);
    last = now;
  }, 1);
  await hashOf(path);
  clearInterval(watch);
  assert.ok(longestMs < 200, `${longestMs} ms`);
});

test('what cannot be read is an error, and the next file is hashed as ever', async (t) => {
  const path = join(temporaryFolder(t), 'write-only');
  await writeFile(path, '');
  await truncate(path, 20 * 1024 * 1024);
  const handle = await open(path, 'a');
  await assert.rejects(contentHashOf(handle), /EBADF/);
  await handle.close();
  assert.match(await hashOf(path), /^[0-9a-f]{64}$/);
});
