import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Handshake } from '../../src/workers/handshake.ts';

const listen = 'unix:/run/capstan/wrk_1/w.sock';
const limits = { readySilenceMs: 30_000, readyTotalMs: 300_000 };

test('the ready line is taken, and everything after it is output', async () => {
  const handshake = new Handshake(listen, limits);
  assert.equal(handshake.offer('Loading the model'), false);
  assert.equal(handshake.offer('capstan is a nice word'), false);
  assert.equal(handshake.offer(`capstan 1 ${listen}`), true);
  assert.equal(handshake.offer(`capstan 1 ${listen}`), false);
  assert.deepEqual(await handshake.outcome, { kind: 'ready', address: listen });
});

test('a worker may listen on loopback instead', async () => {
  const handshake = new Handshake('tcp:127.0.0.1:0', limits);
  handshake.offer('capstan 1 tcp:127.0.0.1:40123');
  assert.deepEqual(await handshake.outcome, { kind: 'ready', address: 'tcp:127.0.0.1:40123' });
});

test('a ready line glued to a prompt is recognised by its address', async () => {
  const handshake = new Handshake(listen, limits);
  assert.equal(handshake.offer(`password: capstan 1 ${listen}`), true);
  assert.equal((await handshake.outcome).kind, 'ready');
});

test('another version is a sentence that names both', async () => {
  const handshake = new Handshake(listen, limits);
  handshake.offer(`capstan 7 ${listen}`);
  assert.deepEqual(await handshake.outcome, {
    kind: 'skew',
    message: 'the host speaks protocol version 1 and this worker version 7; update Capstan',
  });
});

test('silence runs out although the total has not', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const handshake = new Handshake(listen, limits);
  t.mock.timers.tick(30_000);
  assert.deepEqual(await handshake.outcome, { kind: 'silent', ms: 30_000 });
});

test('the end of the process is noticed at once', async () => {
  const handshake = new Handshake(listen, limits);
  handshake.exited({ code: 3, signal: null });
  assert.deepEqual(await handshake.outcome, { kind: 'exited', end: { code: 3, signal: null } });
});
