import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostError } from '../../src/errors.ts';
import { isJournaled } from '../../src/index.ts';
import { isRunning } from '../workers/fixtures.ts';
import { codeOf, describe, objectOf, until, viewOf, voices } from './voices.ts';

const shop = voices();

test('a live instance is reconfigured: each changed trigger is released once, then the new one is applied', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  const { session } = await host.load({ capability: 'speech', set: { log: log.path } });
  const report = await host.configure('speech', { set: { model: 'large', device: 'cuda' } });
  assert.equal(viewOf(host, 'speech').session, session);
  assert.deepEqual(log.events(), ['initialize tiny', 'release model', 'apply large']);
  assert.equal(await host.call('speech.transcribe', { audio: 'a' }), 'large: a');
  assert.equal(report.configHash, viewOf(host, 'speech').configHash);
  await host.configure('speech', { set: { beams: 9, model: 'tiny' } });
  assert.deepEqual(log.events().slice(3).toSorted(), [
    'apply tiny',
    'release decoder',
    'release model',
  ]);
});

test('what is the case already reconfigures nothing', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  await host.load({ capability: 'speech', set: { log: log.path } });
  await host.configure('speech', { set: { model: 'tiny', beams: 5 } });
  assert.deepEqual(log.events(), ['initialize tiny']);
});

test('a change is checked first: all problems at once, and the worker hears of none', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  await host.load({ capability: 'speech', set: { log: log.path } });
  const change = { set: { model: 'huge', beams: 0, modle: 'tiny' } };
  await assert.rejects(host.configure('speech', change), ({ code, message }: HostError) => {
    assert.equal(code, 'CONFIG_INVALID');
    assert.match(message, /modle[^]*"model"/);
    assert.match(message, /model must be one of/);
    assert.match(message, /beams/);
    return true;
  });
  assert.deepEqual(log.events(), ['initialize tiny']);
});

test('settings that nobody knows are dropped with a warning where that is asked for', async (t) => {
  const host = await shop.open(t);
  const report = await host.configure('speech', { set: { beams: 6, bems: 7 }, lenient: true });
  assert.equal(report.warnings.length, 1);
  assert.match(report.warnings[0] ?? '', /bems[^]*beams/);
  const { values } = await host.config('speech');
  assert.equal(values['beams'], 6);
  assert.equal(Object.hasOwn(values, 'bems'), false);
});

test('a change that the tool fails at leaves the old one in force, in the worker and on disk', async (t) => {
  const host = await shop.open(t);
  const { session } = await host.load({ capability: 'speech', set: { beams: 2 } });
  await assert.rejects(
    host.configure('speech', { set: { model: 'broken' } }),
    ({ code, message }: HostError) => {
      assert.equal(code, 'RECONFIGURE_FAILED');
      assert.match(message, /speech could not be reconfigured: the model is damaged/);
      return true;
    },
  );
  const { values } = await host.config('speech');
  assert.deepEqual([values['model'], values['beams']], ['tiny', 2]);
  assert.equal(viewOf(host, 'speech').session, session);
  assert.equal((await describe(host, 'speech'))['model'], 'tiny');
  await host.close();
  const next = await shop.open(t);
  assert.equal((await next.config('speech')).values['model'], 'tiny');
});

test('a worker gets no calls while it is reconfigured: those inside end first, the others wait', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  await host.load({ capability: 'speech', set: { log: log.path } });
  const latches = [shop.latch(), shop.latch()];
  const held = latches.map(({ path }) => host.call('speech.hold', { until: path }));
  await until(() => log.events().filter((each) => each === 'hold').length === 2, 'both are inside');
  const phases: string[] = [];
  const change = host.configure('speech', { set: { model: 'large', loadMs: 300 } });
  await until(() => viewOf(host, 'speech').state === 'reconfiguring', 'its gate is closed');
  latches[0]?.open();
  await held[0];
  assert.equal(log.events().includes('release model'), false, 'one call is still inside');
  const waiting = host.call(
    'speech.transcribe',
    { audio: 'a' },
    { onProgress: (_, message) => phases.push(message) },
  );
  await until(() => phases.includes('waiting while speech is reconfigured'), 'the call waits');
  assert.equal(viewOf(host, 'speech').callsInFlight, 2);
  latches[1]?.open();
  await change;
  assert.equal(await waiting, 'large: a', 'it ran under the new configuration');
  assert.deepEqual(log.events(), [
    'initialize tiny',
    'hold',
    'hold',
    'let go',
    'let go',
    'release model',
    'apply large',
  ]);
});

test('a change that is given up while calls are inside changes nothing', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  await host.load({ capability: 'speech', set: { log: log.path } });
  const latch = shop.latch();
  const held = host.call('speech.hold', { until: latch.path });
  await until(() => log.events().includes('hold'), 'the call is inside');
  const stop = new AbortController();
  const change = host.configure('speech', { set: { model: 'large' } }, { signal: stop.signal });
  await until(() => viewOf(host, 'speech').state === 'reconfiguring', 'its gate is closed');
  stop.abort();
  assert.equal(await codeOf(change), 'CANCELLED');
  assert.equal(await host.call('speech.transcribe', { audio: 'a' }), 'tiny: a');
  latch.open();
  await held;
});

test('an instance that is not loaded is only recorded, and starts with it', async (t) => {
  const host = await shop.open(t);
  await host.configure('speech-large', { set: { beams: 3 } });
  assert.equal(viewOf(host, 'speech-large').state, 'stopped');
  const { config } = await describe(host, 'speech-large');
  const { model, beams } = objectOf(config ?? null);
  assert.deepEqual([model, beams], ['large', 3]);
});

test('an overlay leaves what is declared in force, a whole configuration does not, and taking back does', async (t) => {
  const host = await shop.open(t);
  const now = async () => {
    const { values, sources } = await host.config('speech-large');
    return [values['model'], sources['model'], values['beams'], sources['beams']];
  };
  await host.configure('speech-large', { set: { beams: 3 } });
  assert.deepEqual(await now(), ['large', 'capstan.yaml', 3, 'set']);
  await host.configure('speech-large', { replace: {} });
  assert.deepEqual(await now(), ['tiny', 'default', 5, 'default']);
  await host.configure('speech-large', { set: { beams: 4 } });
  assert.deepEqual(await now(), ['tiny', 'default', 4, 'set']);
  await host.configure('speech-large', { unset: ['beams'] });
  assert.deepEqual(await now(), ['tiny', 'default', 5, 'default']);
  assert.equal(await codeOf(host.configure('speech-large', { unset: ['bems'] })), 'CONFIG_INVALID');
});

test('what was set is in force for the next host too, and journaled with its instance', async (t) => {
  const host = await shop.open(t);
  const applied: unknown[] = [];
  host.subscribe((event) => {
    if (isJournaled(event) && event.type === 'config_applied') {
      applied.push([event.instance ?? null, event.payload['phase'], event.payload['keys']]);
    }
  });
  await host.load({ capability: 'speech-large' });
  await host.configure('speech-large', { set: { beams: 8 } });
  await until(() => applied.length === 2, 'both are told');
  assert.deepEqual(applied, [
    ['speech-large', 'load', ['model']],
    ['speech-large', 'reconfigure', ['beams']],
  ]);
  await host.close();
  const next = await shop.open(t);
  assert.equal(objectOf((await describe(next, 'speech-large'))['config'] ?? null)['beams'], 8);
});

test('a tool that hangs while it is reconfigured is ended, and the next call finds the old configuration', async (t) => {
  const host = await shop.open(t);
  const { pid } = await host.load({ capability: 'speech' });
  const change = host.configure('speech', { set: { loadMs: 60_000, beats: false } });
  await assert.rejects(change, ({ code, message }: HostError) => {
    assert.equal(code, 'WORKER_NOT_READY');
    assert.match(message, /reconfigure told nothing new for 1 s, the last being "loading"/);
    return true;
  });
  assert.equal(isRunning(pid ?? 0), false);
  assert.equal(await host.call('speech.transcribe', { audio: 'a' }), 'tiny: a');
});

test('the live choices of settings are asked of the worker, and of none that is not loaded', async (t) => {
  const host = await shop.open(t);
  assert.deepEqual(await host.configOptions('speech'), {});
  assert.equal(viewOf(host, 'speech').state, 'stopped');
  await host.configOptions('speech', { start: true });
  assert.equal(viewOf(host, 'speech').state, 'ready');
});

test('variables of an instance are set for its next worker, and the present one ends with its calls', async (t) => {
  const host = await shop.open(t);
  const { pid } = await host.load({ capability: 'speech' });
  assert.deepEqual(await host.setEnv('speech', { DEVICE_ORDER: 'bus' }), {
    env: { DEVICE_ORDER: 'bus' },
  });
  assert.equal(await host.call('speech.variable'), 'bus');
  assert.equal(isRunning(pid ?? 0), false);
  assert.equal(await codeOf(host.setEnv('speech', { DEVICE_ORDER: 'slow' })), 'INPUT_INVALID');
  await host.setEnv('speech', { DEVICE_ORDER: null });
  assert.equal(await host.call('speech.variable'), null);
});

test('changes that are asked for together are made one after the other, and none is lost', async (t) => {
  const host = await shop.open(t);
  const change = () =>
    Promise.all([
      host.configure('speech', { set: { beams: 2 } }),
      host.configure('speech', { set: { model: 'large' } }),
      host.setEnv('speech', { DEVICE_ORDER: 'bus' }),
      host.load({ capability: 'speech', set: { device: 'cuda' } }),
      host.configure('speech', { set: { beams: 3 } }),
    ]);
  await change();
  const { values } = await host.config('speech');
  assert.deepEqual([values['beams'], values['model'], values['device']], [3, 'large', 'cuda']);
  assert.equal(await host.call('speech.variable'), 'bus');
  assert.equal(await host.call('speech.transcribe', { audio: 'a' }), 'large: a');
});
