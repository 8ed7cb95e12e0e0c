import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Json } from '@capstan/protocol';
import { asServed } from '../../src/cli/served-host.ts';
import { HostError } from '../../src/errors.ts';
import { Connection } from '../../src/http/client/connection.ts';
import { RemoteHost } from '../../src/http/client/remote-host.ts';
import type { Served } from '../../src/http/handlers.ts';
import { serveControl } from '../../src/http/serve-control.ts';
import { untilNoted } from '../queue/noted.ts';
import { streamingHost } from '../queue/streaming-host.ts';
import { temporaryRoot } from '../queue/real-host.ts';
import { askedHost, FewValues } from './asked-host.ts';

async function serve(t: TestContext, host: Served, root: string) {
  let control = { socket: '', token: '' };
  const server = await serveControl({
    host,
    root,
    env: { XDG_RUNTIME_DIR: root },
    mode: 'resident',
    announce: (address) => {
      control = address;
    },
  });
  const connection = new Connection(process.pid, control);
  t.after(async () => {
    connection.close();
    await server.close();
  });
  return { remote: new RemoteHost(connection), control, server };
}

async function servedHost(t: TestContext) {
  const { host, root } = await streamingHost(t);
  return { host, root, ...(await serve(t, asServed(host), root)) };
}

test('a stream over the socket is the stream: values, progress, id and end', async (t) => {
  const { host, remote } = await servedHost(t);
  const told: string[] = [];
  const stream = remote.stream(
    { capability: 'node', action: 'count', input: { upTo: 3_000 } },
    { onProgress: (_, message) => told.push(message) },
  );
  const values: Json[] = [];
  for await (const value of stream) values.push(value);
  assert.deepEqual(
    values,
    Array.from({ length: 3_000 }, (_, n) => n),
  );
  assert.equal(host.job(await stream.jobId).state, 'completed');
  assert.ok(told.some((message) => message.includes('node')));
});

test('what the host refuses and what the tool fails with are thrown as the host throws them', async (t) => {
  const { remote } = await servedHost(t);
  await assert.rejects(remote.stream({ capability: 'nod', action: 'count' }).next(), {
    code: 'CAPABILITY_NOT_FOUND',
    hint: /did you mean "node"/,
  });
  await assert.rejects(remote.stream({ capability: 'node', action: 'coutn' }).jobId, {
    code: 'ACTION_NOT_FOUND',
  });
  const values: Json[] = [];
  const reading = (async () => {
    const stream = remote.stream({ capability: 'node', action: 'breaks', input: { after: 2 } });
    for await (const value of stream) values.push(value);
  })();
  await assert.rejects(reading, { name: 'HostError', message: /the string broke/ });
  assert.deepEqual(values, [0, 1]);
});

test('leaving the loop at a distance cancels the job and stops the tool', async (t) => {
  const { host, remote, root } = await servedHost(t);
  const log = join(root, 'log');
  const stream = remote.stream({ capability: 'node', action: 'count', input: { log } });
  for await (const value of stream) if (value === 100) break;
  const { state, error } = host.job(await stream.jobId);
  assert.equal(state, 'cancelled');
  assert.match(error?.message ?? '', /its reader left/);
  await untilNoted(log, 'stopped');
  const leaving = new AbortController();
  const aborted = remote.stream(
    { capability: 'node', action: 'count' },
    { signal: leaving.signal },
  );
  await aborted.next();
  leaving.abort();
  await assert.rejects(
    (async () => {
      for await (const _ of aborted);
    })(),
    { code: 'CANCELLED' },
  );
});

test('a client that vanishes in the midst of a stream is one who leaves it', async (t) => {
  const { host, control, root } = await servedHost(t);
  const log = join(root, 'log');
  const body = JSON.stringify({ capability: 'node', action: 'count', input: { log } });
  const asked = request({
    socketPath: control.socket,
    path: '/v1/stream',
    method: 'POST',
    headers: {
      host: 'capstan.localhost',
      authorization: `Bearer ${control.token}`,
      'content-type': 'application/json',
    },
  });
  asked.on('error', () => {});
  asked.end(body);
  const line = await new Promise<string>((resolve) => {
    asked.on('response', (response) =>
      response.once('data', (chunk: Buffer) => resolve(chunk.toString())),
    );
  });
  const { jobId } = JSON.parse(line.split('\n', 1)[0] ?? '') as { jobId: string };
  await untilNoted(log, 'began');
  asked.destroy();
  assert.equal((await host.wait(jobId)).state, 'cancelled');
  await untilNoted(log, 'stopped');
});

test('a reader at a distance that takes its time holds up the tool', async (t) => {
  const { remote, root } = await servedHost(t);
  const log = join(root, 'log');
  const input = { log, upTo: 2_000_000 };
  const stream = remote.stream({ capability: 'node', action: 'count', input });
  await stream.next();
  await delay(1_500);
  assert.ok(!readFileSync(log, 'utf8').includes('ended'));
  await stream.return();
  await untilNoted(log, 'stopped');
});

test('a host that ends in the midst of a stream loses it, and says so', async (t) => {
  const root = temporaryRoot(t);
  const { host } = askedHost({
    stream: () => {
      const values = new FewValues(['one']);
      values.next = async () => {
        await new Promise(() => {});
        return { done: true, value: undefined };
      };
      return values;
    },
  });
  const { remote, server } = await serve(t, host, root);
  const stream = remote.stream({ capability: 'x', action: 'y' });
  assert.equal(await stream.jobId, 'job_1');
  const next = stream.next();
  next.catch(() => {});
  await server.close();
  await assert.rejects(next, (error: unknown) => {
    assert.ok(error instanceof HostError);
    assert.equal(error.code, 'STREAM_LOST');
    return true;
  });
});

test('a request for a stream that says more than a job has is refused by name', async (t) => {
  const root = temporaryRoot(t);
  writeFileSync(join(root, 'capstan.yaml'), 'capabilities: []\n');
  const { host } = askedHost();
  const { remote } = await serve(t, host, root);
  const odd = { capability: 'x', action: 'y', stream: true } as never;
  await assert.rejects(remote.stream(odd).jobId, { code: 'INPUT_INVALID', message: /stream/ });
});
