import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { HostError } from '../../src/errors.ts';
import { requestCancel } from '../../src/http/control-client.ts';
import { readHostInfo } from '../../src/http/host-info.ts';
import { serveControl } from '../../src/http/serve-control.ts';
import { workspacePaths } from '../../src/paths.ts';

const root = await mkdtemp(join(tmpdir(), 'control-'));
after(() => rm(root, { recursive: true }));
const paths = workspacePaths(root);
const env = { XDG_RUNTIME_DIR: root };
await mkdir(paths.dir);
await writeFile(paths.hostInfo, '{"pid": 1, "startedAt": "2024-01-01T00:00:00Z", "other": "kept"}');

test('a client finds the socket in host.json and cancels through it', async (t) => {
  const asked: string[][] = [];
  const host = {
    cancel: (id: string, reason: string) => {
      asked.push([id, reason]);
      if (id !== 'run_1') throw new HostError('JOB_NOT_FOUND', `there is no ${id}`);
      return Promise.resolve({ kind: 'cancelled' });
    },
  };
  const server = await serveControl(host, root, env);
  t.after(() => server.close());
  const info = await readHostInfo(paths);
  assert.ok(info?.control);
  assert.equal((await stat(paths.hostInfo)).mode & 0o777, 0o600);
  assert.equal((await stat(info.control.socket)).mode & 0o777, 0o600);
  assert.match(await readFile(paths.hostInfo, 'utf8'), /"other": "kept"/);

  assert.deepEqual(await requestCancel(info, 'run_1', 'because'), { kind: 'cancelled' });
  assert.deepEqual(asked, [['run_1', 'because']]);
  await assert.rejects(requestCancel(info, 'run_2', ''), {
    code: 'JOB_NOT_FOUND',
    message: 'there is no run_2',
  });
  const stranger = { ...info, control: { ...info.control, token: 'guessed' } };
  await assert.rejects(requestCancel(stranger, 'run_1', ''), /token is wrong/);
});

test('a socket that a dead host left behind is replaced', async () => {
  const host = { cancel: () => Promise.resolve(null) };
  const first = await serveControl(host, root, env);
  const info = await readHostInfo(paths);
  await first.close();
  assert.ok(info?.control);
  await writeFile(info.control.socket, '');
  const second = await serveControl(host, root, env);
  assert.equal(second.socket, first.socket);
  await second.close();
});

test('a host that is gone is named with its process and what to do', async () => {
  const info = {
    pid: 4321,
    startedAt: '',
    control: { socket: join(root, 'nobody.sock'), token: '' },
  };
  await assert.rejects(requestCancel(info, 'run_1', ''), (error: HostError) => {
    assert.equal(error.code, 'WORKSPACE_BUSY');
    assert.match(error.message, /4321/);
    assert.match(error.hint ?? '', /kill 4321/);
    return true;
  });
});
