import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostError } from '../../src/errors.ts';
import { isRunning } from '../workers/fixtures.ts';
import { codeOf, until, viewOf, voices } from './voices.ts';

/** `silenceSeconds: 1` in its capstan.yaml. */
const shop = voices();

test('a prefetch starts the instance, tells how far it is, and says when it has what it needs', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  await host.configure('speech', { set: { log: log.path, loadMs: 300 } });
  const heard: string[] = [];
  const report = await host.prefetch('speech', { onProgress: (_, text) => heard.push(text) });
  assert.deepEqual(report, { status: 'prefetched' });
  assert.deepEqual(log.events(), ['initialize tiny', 'prefetch']);
  assert.ok(
    heard.some((text) => /^downloading \([\d.]+ s\)$/.test(text)),
    heard.join(),
  );
});

test('what cannot be started cannot prefetch, and says why', async (t) => {
  const host = await shop.open(t);
  assert.equal(await codeOf(host.prefetch('broken')), 'WORKER_START_FAILED');
  assert.equal(await codeOf(host.prefetch('absent')), 'CAPABILITY_NOT_INSTALLED');
});

test('a long silent phase with a heartbeat is not taken for hung, however long it is', async (t) => {
  const host = await shop.open(t);
  await host.load({ capability: 'speech', set: { loadMs: 2_500, beats: true } });
  assert.deepEqual(await host.prefetch('speech'), { status: 'prefetched' });
});

test('a prefetch that repeats itself is taken for hung: only news counts', async (t) => {
  const host = await shop.open(t);
  const { pid } = await host.load({ capability: 'speech' });
  await host.configure('speech', { set: { loadMs: 0, beats: false } });
  const log = shop.log();
  await host.configure('speech', { set: { log: log.path } });
  await host.configure('speech', { set: { device: 'slow-prefetch' } });
  await assert.rejects(host.prefetch('speech'), ({ code, message, hint }: HostError) => {
    assert.equal(code, 'WORKER_NOT_READY');
    assert.match(message, /prefetch told nothing new for 1 s, the last being "downloading"/);
    assert.match(hint ?? '', /silenceSeconds/);
    return true;
  });
  assert.equal(isRunning(pid ?? 0), false);
});

test('an initialize that is silent for too long is given up, and leaves no process', async (t) => {
  const host = await shop.open(t);
  await assert.rejects(
    host.load({ capability: 'speech', set: { loadMs: 60_000, beats: false } }),
    /initialize told nothing new for 1 s/,
  );
  assert.equal(viewOf(host, 'speech').state, 'stopped');
});

test('a prefetch counts as in flight: the worker is not ended under it', async (t) => {
  const host = await shop.open(t);
  await host.load({ capability: 'speech', set: { loadMs: 400 } });
  const prefetching = host.prefetch('speech');
  await until(() => viewOf(host, 'speech').callsInFlight === 1, 'it is in flight');
  await host.unload('speech');
  assert.deepEqual(await prefetching, { status: 'prefetched' });
});

test('a prefetch that is given up ends its worker', async (t) => {
  const host = await shop.open(t);
  const { pid } = await host.load({ capability: 'speech' });
  await host.configure('speech', { set: { device: 'slow-prefetch', beats: true } });
  const stop = new AbortController();
  const heard = Promise.withResolvers<void>();
  const prefetching = host.prefetch('speech', {
    signal: stop.signal,
    onProgress: (_, text) => text.startsWith('downloading') && heard.resolve(),
  });
  await heard.promise;
  stop.abort();
  assert.equal(await codeOf(prefetching), 'CANCELLED');
  assert.equal(isRunning(pid ?? 0), false);
});
