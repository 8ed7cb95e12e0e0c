import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { tryBuildLock } from '../../src/environments/build-lock.ts';
import {
  forgetUser,
  recordUser,
  removeEnvironment,
  usersOf,
} from '../../src/environments/index.ts';
import { temporaryFolder, writeFiles } from './workbench.ts';

const key = 'uv-0123456789abcdef0123456789abcdef';

test('an environment is used by the manifests that exist and still name it', async (t) => {
  const folder = temporaryFolder(t);
  const environment = join(folder, 'environments', key);
  await writeFiles(folder, {
    'a.json': `{"key":"${key}"}`,
    'b.json': `{"path":"${environment}"}`,
    'moved-on.json': '{"key":"uv-other"}',
    'gone.json': `{"key":"${key}"}`,
  });
  for (const name of ['b', 'a', 'moved-on', 'gone']) {
    await recordUser(environment, join(folder, `${name}.json`));
  }
  await rm(join(folder, 'gone.json'));
  assert.deepEqual(await usersOf(environment), [join(folder, 'a.json'), join(folder, 'b.json')]);
});

test('a manifest that is being written by a living installer counts as a user already', async (t) => {
  const folder = temporaryFolder(t);
  const environment = join(folder, 'environments', key);
  const manifest = join(folder, 'soon.json');
  await recordUser(environment, manifest, { installing: true });
  assert.deepEqual(await usersOf(environment), [manifest]);
  await forgetUser(environment, manifest);
  assert.deepEqual(await usersOf(environment), []);
});

test('a note that was cut off half-way is no user and no failure', async (t) => {
  const folder = temporaryFolder(t);
  const environment = join(folder, 'environments', key);
  await writeFiles(folder, { [`environments/.users/${key}/half.json`]: '{"file": "/a' });
  assert.deepEqual(await usersOf(environment), []);
});

test('only an environment that nobody uses and nobody builds is removed', async (t) => {
  const folder = temporaryFolder(t);
  const environment = join(folder, 'environments', key);
  const manifest = join(folder, 'm.json');
  await writeFiles(folder, { 'm.json': `{"key":"${key}"}` });
  await mkdir(environment, { recursive: true });
  await recordUser(environment, manifest);
  assert.deepEqual(await removeEnvironment(environment), { kind: 'used', users: [manifest] });

  await rm(manifest);
  const lock = tryBuildLock(join(folder, 'environments'), key);
  assert.deepEqual(await removeEnvironment(environment), { kind: 'being built' });
  lock?.release();

  assert.deepEqual(await removeEnvironment(environment), { kind: 'removed' });
  assert.ok(!existsSync(environment));
  assert.ok(!existsSync(join(folder, 'environments', '.users', key)), 'its notes go with it');
});

test('a user that is there and cannot be read keeps the environment', async (t) => {
  const folder = temporaryFolder(t);
  const environment = join(folder, 'environments', key);
  const unreadable = join(folder, 'a-folder-in-its-place');
  await mkdir(unreadable, { recursive: true });
  await recordUser(environment, unreadable);
  assert.deepEqual(await usersOf(environment), [unreadable]);
});
