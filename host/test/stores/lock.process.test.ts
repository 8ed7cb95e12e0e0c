import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { HostLock, readHostInfo } from '../../src/stores/index.ts';
import { temporaryWorkspace } from './workspace.ts';

const holder = join(import.meta.dirname, '../fixtures/stores/holds-the-lock.ts');
const about = { nowMs: Date.UTC(2026, 0, 1), command: 'capstan test' };

async function startHolder(t: TestContext, root: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [holder, root], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

test('a second host is refused, and told who has the workspace', async (t) => {
  const paths = temporaryWorkspace(t);
  const child = await startHolder(t, paths.root);
  assert.throws(
    () => HostLock.acquire(paths, about),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'WORKSPACE_BUSY');
      assert.match(error.message, new RegExp(`pid ${child.pid}, since 20`));
      return true;
    },
  );
});

test('the refusal says who the holder is, and nothing of how it is reached', async (t) => {
  const paths = temporaryWorkspace(t);
  await startHolder(t, paths.root);
  const info = JSON.parse(readFileSync(paths.hostInfo, 'utf8'));
  const { pid, startedAt, command } = info;
  writeFileSync(
    paths.hostInfo,
    JSON.stringify({ ...info, control: { socket: '/run/x.sock', token: 'secret' } }),
  );
  assert.throws(() => HostLock.acquire(paths, about), {
    code: 'WORKSPACE_BUSY',
    details: { root: paths.root, holder: { pid, startedAt, command } },
  });
});

test('the lock of a host that was killed is free at once', async (t) => {
  const paths = temporaryWorkspace(t);
  for (let round = 0; round < 3; round++) {
    const child = await startHolder(t, paths.root);
    child.kill('SIGKILL');
    await once(child, 'exit');
    HostLock.acquire(paths, about).release();
  }
});

test('a lock that nobody keeps a hold of is held all the same, until its process ends', async (t) => {
  const paths = temporaryWorkspace(t);
  const root = paths.root;
  const child = spawn(process.execPath, ['--expose-gc', holder, root, 'collect'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  assert.throws(() => HostLock.acquire(paths, about), { code: 'WORKSPACE_BUSY' });
});

test('a lock can be taken once within one process too, and leaves nothing behind', (t) => {
  const paths = temporaryWorkspace(t);
  const lock = HostLock.acquire(paths, about);
  assert.throws(() => HostLock.acquire(paths, about), { code: 'WORKSPACE_BUSY' });
  const control = { socket: '/run/x.sock', token: 'secret' };
  lock.describe({ control });
  assert.deepEqual(readHostInfo(paths), {
    pid: process.pid,
    startedAt: '2026-01-01T00:00:00.000Z',
    command: 'capstan test',
    control,
  });
  assert.equal(statSync(paths.hostInfo).mode & 0o777, 0o600, 'it has the token in it');
  lock.release();
  assert.equal(existsSync(paths.hostInfo), false);
  HostLock.acquire(paths, about).release();
});

test('a note that cannot be written keeps nobody from working', (t) => {
  const paths = temporaryWorkspace(t);
  mkdirSync(join(paths.hostInfo, 'in the way'), { recursive: true });
  const lock = HostLock.acquire(paths, about);
  assert.throws(() => HostLock.acquire(paths, about), { code: 'WORKSPACE_BUSY' });
  lock.release();
  HostLock.acquire(paths, about).release();
  assert.deepEqual(readdirSync(paths.dir).toSorted(), ['host.json', 'host.lock']);
});

test('a lock file that is something else is refused, and said to be of no value', (t) => {
  const paths = temporaryWorkspace(t);
  mkdirSync(paths.dir, { recursive: true });
  writeFileSync(paths.lockDb, 'not a lock at all '.repeat(100));
  assert.throws(() => HostLock.acquire(paths, about), {
    code: 'STORE_CORRUPT',
    message: `${paths.lockDb} cannot be used: it is not a lock of ours`,
  });
});

test('a workspace whose folder cannot be made is refused with its path', (t) => {
  const paths = temporaryWorkspace(t);
  rmSync(paths.dir, { recursive: true, force: true });
  writeFileSync(paths.dir, 'a file where the folder should be');
  assert.throws(() => HostLock.acquire(paths, about), {
    code: 'STORE_WRITE_FAILED',
    message: new RegExp(`^${paths.dir} cannot be opened: EEXIST`),
  });
});
