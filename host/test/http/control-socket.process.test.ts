import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { HostError } from '../../src/errors.ts';
import { Connection } from '../../src/http/client/connection.ts';
import { RemoteHost } from '../../src/http/client/remote-host.ts';
import type { Served } from '../../src/http/handlers.ts';
import { readHostNote } from '../../src/http/host-info.ts';
import { serveControl } from '../../src/http/serve-control.ts';
import type { HostEvent } from '../../src/index.ts';
import { workspacePaths } from '../../src/paths.ts';
import { askedHost } from './asked-host.ts';

const root = await mkdtemp(join(tmpdir(), 'control-'));
after(() => rm(root, { recursive: true }));
const paths = workspacePaths(root);
const env = { XDG_RUNTIME_DIR: root };
await mkdir(paths.dir);
const announce = (control: object): void =>
  writeFileSync(paths.hostInfo, JSON.stringify({ pid: 4321, startedAt: '', command: '', control }));

async function serving(answers: Partial<Served> = {}) {
  const { host, asked } = askedHost(answers);
  const server = await serveControl({ host, root, env, mode: 'command', announce });
  const note = readHostNote(paths);
  assert.ok(note?.control);
  const connection = new Connection(note.pid, note.control);
  const close = async (): Promise<void> => {
    connection.close();
    await server.close();
  };
  return { asked, server, note, control: note.control, remote: new RemoteHost(connection), close };
}

test('a client finds the socket in host.json, which only its user may enter, and asks through it', async () => {
  const { asked, remote, control, close } = await serving({
    cancel: (id) => {
      if (id === 'run_1') return { state: 'cancelled', aborting: [] };
      throw new HostError('JOB_NOT_FOUND', `there is no ${id}`, { hint: 'look' });
    },
  });
  assert.equal((await stat(control.socket)).mode & 0o777, 0o600);
  assert.deepEqual(await remote.cancel('run_1', 'because'), { state: 'cancelled', aborting: [] });
  await assert.rejects(remote.cancel('run_2', ''), {
    code: 'JOB_NOT_FOUND',
    message: 'there is no run_2',
    hint: 'look',
  });
  assert.deepEqual(asked.slice(0, 1), [['cancel', 'run_1', 'because']]);
  await close();
});

test('a word that opens nothing any more is as if nobody were there', async () => {
  const { note, control, close } = await serving();
  const stranger = new Connection(note.pid, { ...control, token: 'guessed' });
  await assert.rejects(new RemoteHost(stranger).lastSeq(), (error: HostError) => {
    assert.equal(error.code, 'HOST_LOST');
    assert.equal(error.details['reached'], false);
    return true;
  });
  stranger.close();
  await close();
});

test('a socket that a dead host left behind is replaced', async () => {
  const first = await serving();
  await first.close();
  await writeFile(first.control.socket, '');
  const second = await serving();
  assert.equal(second.control.socket, first.control.socket);
  assert.equal(await second.remote.lastSeq(), 7);
  await second.close();
});

test('a folder for sockets that others may enter is refused', async () => {
  const open = join(root, 'open');
  await mkdir(join(open, 'capstan'), { recursive: true });
  await chmod(join(open, 'capstan'), 0o755);
  const { host } = askedHost();
  const listening = serveControl({
    host,
    root,
    env: { XDG_RUNTIME_DIR: open },
    mode: 'command',
    announce,
  });
  await assert.rejects(listening, { hint: /chmod 700/ });
});

test('a host that is gone was certainly not reached', async () => {
  const nobody = new Connection(4321, { socket: join(root, 'nobody.sock'), token: '' });
  await assert.rejects(new RemoteHost(nobody).cancel('run_1', ''), (error: HostError) => {
    assert.equal(error.code, 'HOST_LOST');
    assert.equal(error.details['reached'], false);
    assert.match(error.message, /process 4321/);
    return true;
  });
});

/** A host that says what it likes, byte by byte. */
async function saying(speak: (socket: Socket) => void) {
  const socket = join(root, `raw-${Math.random()}.sock`);
  const server = createServer((one) => {
    one.on('error', () => {});
    one.once('data', () => speak(one));
  });
  server.listen(socket);
  await once(server, 'listening');
  const connection = new Connection(1, { socket, token: '' });
  const close = (): void => {
    connection.close();
    server.close();
  };
  return { remote: new RemoteHost(connection), close };
}

const half =
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"job';
for (const [what, speak] of [
  ['a host that dies before it answers', (socket: Socket) => socket.destroy()],
  ['half an answer', (socket: Socket) => socket.end(half)],
  ['an answer that is no JSON', (socket: Socket) => socket.end(ok('oops'))],
  ['an answer that is no document', (socket: Socket) => socket.end(ok('[]'))],
  ['an answer that is no HTTP', (socket: Socket) => socket.end('SSH-2.0-OpenSSH\r\n')],
] as const) {
  test(`${what} is a lost host, and the request may have been done`, async () => {
    const { remote, close } = await saying(speak);
    await assert.rejects(remote.submit([]), (error: HostError) => {
      assert.equal(error.code, 'HOST_LOST');
      assert.equal(error.details['reached'], true);
      assert.match(error.hint ?? '', /capstan jobs/);
      return true;
    });
    close();
  });
}
function ok(body: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

test('a stream without its last line was cut off, and says so after what came', async () => {
  const { remote, close } = await saying((socket) => {
    const lines = '{"type":"open"}\n{"type":"x","seq":1}\n';
    socket.end(`HTTP/1.1 200 OK\r\n\r\n${lines}`);
  });
  const heard: unknown[] = [];
  await assert.rejects(
    async () => {
      for await (const event of remote.events({})) heard.push(event);
    },
    { code: 'HOST_LOST' },
  );
  assert.deepEqual(heard, [{ type: 'x', seq: 1 }]);
  close();
});

test('events are streamed as they happen, and a client that leaves is noticed', async () => {
  const left = Promise.withResolvers<void>();
  const tell = Promise.withResolvers<void>();
  async function* events(signal?: AbortSignal): AsyncGenerator<HostEvent> {
    signal?.addEventListener('abort', () => left.resolve());
    yield { type: 'job_submitted', seq: 8, ts: '', payload: {} };
    await tell.promise;
    yield { type: 'job_finished', seq: 9, ts: '', payload: {} };
    await left.promise;
  }
  const { remote, asked, close } = await serving({ events: ({ signal }) => events(signal) });
  const leaving = new AbortController();
  const heard: unknown[] = [];
  const options = { afterSeq: 7, jobId: 'job_1', live: true, signal: leaving.signal };
  for await (const event of remote.events(options)) {
    heard.push('seq' in event && event.seq);
    if (heard.length === 1) tell.resolve();
    else leaving.abort();
  }
  assert.deepEqual(heard, [8, 9]);
  await left.promise;
  const [, asking] = asked[0] as [string, { [option: string]: unknown }];
  assert.deepEqual({ ...asking, signal: null }, { ...options, signal: null });
  await close();
});

test('a refused stream throws what the host threw', async () => {
  const { remote, close } = await serving({
    events: () => {
      throw new HostError('CURSOR_AHEAD', 'the journal ends at 7');
    },
  });
  const first = remote.events({ afterSeq: 99 }).next();
  await assert.rejects(first, { code: 'CURSOR_AHEAD', message: 'the journal ends at 7' });
  await close();
});

test('clients that say nothing, garbage, or half a request are let go, and others go on', async () => {
  const { remote, control, close } = await serving();
  const garbage = connect(control.socket);
  garbage.write('\u0000\u0001 nonsense\r\n\r\n');
  await once(garbage.resume(), 'close');
  const silent = connect(control.socket);
  await once(silent, 'connect');
  const slow = connect(control.socket);
  slow.write('POST /v1/jobs HTTP/1.1\r\nhost: capstan.localhost\r\n');
  assert.equal(await remote.lastSeq(), 7);
  await Promise.all([once(slow.resume(), 'close'), once(silent.resume(), 'close')]);
  assert.equal(await remote.lastSeq(), 7);
  await close();
});

test('a body above the cap is refused by name, whether or not its length is told', async () => {
  const { asked, control, close } = await serving();
  for (const length of ['content-length: 99999999', 'transfer-encoding: chunked']) {
    const socket = connect(control.socket);
    socket.on('error', () => {});
    socket.write(
      `POST /v1/cancel HTTP/1.1\r\nhost: capstan.localhost\r\nauthorization: Bearer ${control.token}\r\n` +
        `content-type: application/json\r\n${length}\r\n\r\n`,
    );
    const chunk = 'x'.repeat(0x8000);
    for (let i = 0; i < 4; i++) {
      socket.write(length.startsWith('transfer') ? `8000\r\n${chunk}\r\n` : chunk);
    }
    // oxlint-disable-next-line no-await-in-loop -- two cores
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(String(answer), /^HTTP\/1\.1 413[^]*PAYLOAD_TOO_LARGE/);
    socket.destroy();
  }
  assert.deepEqual(asked, []);
  await close();
});

test('more clients than there may be are turned away, and the host stays well', async () => {
  const { remote, control, server, close } = await serving();
  assert.equal(await remote.lastSeq(), 7);
  const crowd = Array.from({ length: 300 }, () => connect(control.socket));
  const turnedAway = await Promise.all(
    crowd.map(async (one) => {
      one.on('error', () => {});
      await once(one, 'connect');
      return Promise.race([
        once(one.resume(), 'close').then(() => true),
        new Promise<boolean>((resolve) => setTimeout(resolve, 500, false)),
      ]);
    }),
  );
  assert.ok(turnedAway.filter((isAway) => isAway).length >= 40);
  assert.equal(await remote.lastSeq(), 7);
  for (const one of crowd) one.destroy();
  assert.ok(server.socket);
  await close();
});
