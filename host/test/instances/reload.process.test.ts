import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJournaled } from '../../src/index.ts';
import { isRunning } from '../workers/fixtures.ts';
import { codeOf, describe, until, viewOf, voices } from './voices.ts';

const shop = voices();

test('a reload keeps slots, adapters, configuration and variables', async (t) => {
  const host = await shop.open(t);
  const before = await host.load({
    capability: 'speech',
    isNew: true,
    slots: 7,
    adapters: [],
    set: { beams: 4 },
    env: { DEVICE_ORDER: 'bus' },
  });
  const { instance } = before;
  const after = await host.reload(instance);
  assert.notEqual(after.session, before.session);
  assert.deepEqual(
    [after.slots, after.tasks, after.configHash, after.kind],
    [7, [], before.configHash, 'generated'],
  );
  assert.equal(await host.call(`${instance}.variable`), 'bus');
  assert.equal(isRunning(before.pid ?? 0), false, 'nothing kept the old one');
});

test('the old worker serves until the new one is ready, and ends with its last call', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  const { pid: old } = await host.load({ capability: 'speech', set: { log: log.path } });
  const latch = shop.latch();
  const held = host.call('speech.hold', { until: latch.path });
  await until(() => log.events().includes('hold'), 'a call is inside');
  const phases: string[] = [];
  host.subscribe((event) => {
    if (isJournaled(event)) phases.push(`${event.type} ${String(event.payload['phase'] ?? '')}`);
  });
  const reloading = host.reload('speech');
  await until(() => viewOf(host, 'speech').state === 'reloading', 'it is under way');
  assert.equal((await describe(host, 'speech'))['pid'], old, 'the old one serves meanwhile');
  const { pid: fresh } = await reloading;
  assert.notEqual(fresh, old);
  assert.equal(isRunning(old ?? 0), true, 'it has a call inside');
  assert.equal((await describe(host, 'speech'))['pid'], fresh);
  assert.equal(viewOf(host, 'speech').callsInFlight, 1);
  latch.open();
  assert.equal(await held, old);
  await until(() => !isRunning(old ?? 0), 'the old one has ended with it');
  assert.ok(phases.includes('config_applied reload'));
  assert.ok(log.lines().includes(`cleanup ${old}`), 'it was ended with care');
});

test('when the new worker cannot be started the old one goes on, and the reason is told', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  const spawned: number[] = [];
  const { pid, session } = await host.load({ capability: 'speech', set: { log: log.path } });
  host.subscribe((event) => {
    if (isJournaled(event) && event.type === 'worker_spawned')
      spawned.push(Number(event.payload['pid']));
  });
  // Something outside has changed since: what it was loaded with does not work any more.
  await host.configure('speech', { set: { device: 'broken-later' } });
  await assert.rejects(host.reload('speech'), /the device is gone/);
  const view = viewOf(host, 'speech');
  assert.deepEqual([view.state, view.pid, view.session], ['ready', pid, session]);
  assert.equal((await describe(host, 'speech'))['pid'], pid);
  assert.deepEqual(spawned.map(isRunning), [false]);
});

test('where two do not fit, the old worker ends first, and is started again when the new one fails', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  const { pid } = await host.load({ capability: 'speech', set: { log: log.path } });
  const { pid: next } = await host.reload('speech', { stopFirst: true });
  assert.notEqual(next, pid);
  const [, cleaned, started] = log.lines();
  assert.deepEqual([cleaned, started], [`cleanup ${pid}`, `initialize tiny ${next}`]);
});

test('where the old one cannot be started again either, both reasons are told', async (t) => {
  const host = await shop.open(t);
  await host.load({ capability: 'speech' });
  await host.configure('speech', { set: { device: 'broken-later' } });
  await assert.rejects(
    host.reload('speech', { stopFirst: true }),
    /the device is gone[^]*was ended before, and could not be started again either/,
  );
  assert.equal(viewOf(host, 'speech').state, 'stopped');
  await host.configure('speech', { unset: ['device'] });
  assert.equal(await host.call('speech.transcribe', { audio: 'a' }), 'tiny: a');
});

test('an instance without a worker gets one', async (t) => {
  const host = await shop.open(t);
  assert.equal((await host.reload('speech')).state, 'ready');
});

test('a call that comes while a reload stops first waits for the new worker', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  await host.load({ capability: 'speech', set: { log: log.path, loadMs: 200 } });
  const reloading = host.reload('speech', { stopFirst: true });
  await until(() => viewOf(host, 'speech').state !== 'ready', 'it has begun');
  const answer = await host.call('speech.transcribe', { audio: 'a' });
  assert.equal(answer, 'tiny: a');
  await reloading;
});

test('operations on one instance come one after the other', async (t) => {
  const host = await shop.open(t);
  const { session } = await host.load({ capability: 'speech' });
  const [reloaded, configured] = await Promise.all([
    host.reload('speech'),
    host.configure('speech', { set: { model: 'large' } }),
    host.configure('speech', { set: { beams: 2 } }),
  ]);
  assert.notEqual(reloaded.session, session);
  assert.equal(configured.values['model'], 'large');
  assert.equal(viewOf(host, 'speech').session, reloaded.session);
  const { values } = await host.config('speech');
  assert.deepEqual([values['model'], values['beams']], ['large', 2]);
  assert.equal(await host.call('speech.transcribe', { audio: 'a' }), 'large: a');
});

test('a start that is under way is given up by an unload', async (t) => {
  const host = await shop.open(t);
  const loading = codeOf(host.load({ capability: 'speech', set: { loadMs: 60_000 } }));
  await until(() => viewOf(host, 'speech').state === 'starting', 'it starts');
  await host.unload('speech');
  assert.equal(await loading, 'CANCELLED');
  assert.equal(viewOf(host, 'speech').state, 'stopped');
});
