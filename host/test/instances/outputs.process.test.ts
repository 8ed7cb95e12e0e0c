import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { attempt, job, world } from './world.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('a file that a call wrote becomes an artifact, named by its content', async (t) => {
  const { instances, paths } = world(t);
  const input = { name: 'notes.txt', text: 'hello' };
  const outcome = await instances.execute(job('well-behaved', 'write', { input }), attempt());
  assert.ok(outcome.kind === 'completed', JSON.stringify(outcome));
  const hash = sha256('hello');
  const path = join(paths.artifactsDir, hash.slice(0, 2), hash, 'notes.txt');
  const data = { path, sha256: hash, size: 5, mediaType: 'text/plain' };
  assert.deepEqual(outcome.result, { file: { __wire__: 'capstan.file', data } });
  assert.deepEqual(outcome.artifacts, [{ ...data, name: 'notes.txt' }]);
  assert.equal(readFileSync(path, 'utf8'), 'hello');
  assert.equal(statSync(path).mode & 0o777, 0o444);
  await instances.stopAll();
  assert.deepEqual(readdirSync(paths.callsDir), [], 'the folder of the call is gone');
});

test('the same content is kept once', async (t) => {
  const { instances, paths } = world(t);
  const input = { name: 'a.txt', text: 'twice' };
  const kept = [];
  for (const _ of [1, 2]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    const outcome = await instances.execute(job('well-behaved', 'write', { input }), attempt());
    assert.ok(outcome.kind === 'completed');
    kept.push(outcome.artifacts[0]?.path);
  }
  assert.equal(kept[0], kept[1]);
  const hash = sha256('twice');
  assert.deepEqual(readdirSync(join(paths.artifactsDir, hash.slice(0, 2), hash)), ['a.txt']);
});

test('a file that a call was given may be passed on, and stays where it is', async (t) => {
  const { instances, paths } = world(t);
  mkdirSync(paths.root, { recursive: true });
  const path = join(paths.root, 'given.txt');
  writeFileSync(path, 'given');
  const file = { __wire__: 'capstan.file', data: { path, sha256: sha256('given'), size: 5 } };
  const echo = job('well-behaved', 'echo', { input: { value: { passed: [file] } } });
  const outcome = await instances.execute(echo, attempt());
  assert.ok(outcome.kind === 'completed', JSON.stringify(outcome));
  assert.deepEqual(outcome.result, { passed: [file] });
  assert.deepEqual(outcome.artifacts, []);
  assert.equal(existsSync(path), true);
});

const claims = {
  elsewhere: /it lies elsewhere/,
  system: /it lies elsewhere/,
  dots: /it lies elsewhere/,
  link: /it is a link/,
  'linked folder': /it lies elsewhere/,
  folder: /it is not a regular file/,
  missing: /it cannot be read/,
  relative: /the path is relative/,
};
for (const [action, why] of Object.entries(claims)) {
  test(`writes-outside-call-dir is refused: ${action}`, async (t) => {
    const { instances, paths } = world(t);
    const outcome = await instances.execute(job('writes-outside-call-dir', action), attempt());
    assert.ok(outcome.kind === 'failed', JSON.stringify(outcome));
    assert.equal(outcome.error.code, 'FILE_OUTSIDE_CALL_DIR');
    assert.match(outcome.error.message, why);
    assert.equal(existsSync(paths.artifactsDir), false, 'nothing was kept');
  });
}
