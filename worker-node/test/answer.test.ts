import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { FrameAnswer } from '../src/answer.ts';

test('a stream waits for a slow reader, and however often it does so it leaves no listeners behind', async (t) => {
  const answered = Promise.withResolvers<ServerResponse>();
  const server = createServer({ highWaterMark: 1024 }, (_, response) => answered.resolve(response));
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pieces: Buffer[] = [];
  const ended = Promise.withResolvers<void>();
  get({ port, host: '127.0.0.1', agent: false }, (incoming) => {
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.once('end', ended.resolve);
  });
  const response = await answered.promise;
  const answer = new FrameAnswer(response);
  const before = response.listenerCount('close') + response.listenerCount('drain');
  const chunk = JSON.stringify('é𝄞'.repeat(20_000));
  for (let n = 0; n < 50; n++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    await answer.chunk(chunk);
  }
  assert.equal(response.listenerCount('close') + response.listenerCount('drain'), before);
  answer.end({ kind: 'result', json: 'null' });
  await ended.promise;
  const lines = Buffer.concat(pieces).toString('utf8').trim().split('\n');
  assert.equal(lines.length, 51);
  assert.equal(lines[0], `{"event":"chunk","value":${chunk}}`);
});

test('a stream whose reader goes away while it waits goes on, and its end is noticed elsewhere', async (t) => {
  const answered = Promise.withResolvers<ServerResponse>();
  const server = createServer({ highWaterMark: 1024 }, (_, response) => answered.resolve(response));
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const request = get({ port, host: '127.0.0.1', agent: false }, (incoming) => incoming.pause());
  request.on('error', () => {});
  const answer = new FrameAnswer(await answered.promise);
  const waiting = answer.chunk(JSON.stringify('x'.repeat(20_000_000)));
  request.destroy();
  await waiting;
});
