import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostError } from '../../src/errors.ts';
import { isJournaled } from '../../src/index.ts';
import { isRunning } from '../workers/fixtures.ts';
import { codeOf, describe, until, viewOf, voices } from './voices.ts';

const shop = voices();

test('a capability has a default instance of its own name, and those that capstan.yaml declares', async (t) => {
  const host = await shop.open(t);
  assert.deepEqual(
    host.instances().map(({ instance, kind, state, slots }) => [instance, kind, state, slots]),
    [
      ['speech', 'default', 'stopped', 2],
      ['speech-large', 'declared', 'stopped', 1],
      ['broken', 'default', 'stopped', 1],
      ['absent', 'default', 'stopped', 1],
    ],
  );
});

test('several instances of one capability live side by side, each with a worker and a configuration of its own', async (t) => {
  const host = await shop.open(t);
  const [one, large, named, generated] = await Promise.all([
    host.load({ capability: 'speech' }),
    host.load({ capability: 'speech-large' }),
    host.load({ capability: 'speech', instance: 'speech-b', set: { beams: 9 } }),
    host.load({ capability: 'speech', isNew: true, set: { device: 'cuda' } }),
  ]);
  const pids = [one, large, named, generated].map(({ pid }) => pid);
  assert.equal(new Set(pids).size, 4);
  assert.match(generated.instance, /^speech-[0-9a-f]{6}$/);
  assert.deepEqual(
    [one, large, named, generated].map(({ kind, state }) => [kind, state]),
    [
      ['default', 'ready'],
      ['declared', 'ready'],
      ['named', 'ready'],
      ['generated', 'ready'],
    ],
  );
  const configs = await Promise.all(
    ['speech', 'speech-large', 'speech-b', generated.instance].map((id) => describe(host, id)),
  );
  assert.deepEqual(
    configs.map(({ config, pid }) => {
      const { model, beams, device } = config as { [key: string]: unknown };
      return [pid, model, beams, device];
    }),
    [
      [pids[0], 'tiny', 5, 'cpu'],
      [pids[1], 'large', 5, 'cpu'],
      [pids[2], 'tiny', 9, 'cpu'],
      [pids[3], 'tiny', 5, 'cuda'],
    ],
  );
});

test('a call by the name of an instance goes to that instance, also from a composition', async (t) => {
  const host = await shop.open(t);
  assert.equal(await host.call('speech.transcribe', { audio: 'a' }), 'tiny: a');
  assert.equal(await host.call('speech-large.transcribe', { audio: 'a' }), 'large: a');
  const { runId } = await host.runComposition(
    {
      name: 'both',
      inputs: {},
      nodes: {
        first: { use: 'speech-large', action: 'transcribe', with: { audio: 'b' }, needs: [] },
      },
      outputs: { text: '${{ nodes.first.output }}' },
      failFast: true,
    },
    {},
    { cwd: shop.root },
  );
  assert.deepEqual((await host.finished(runId)).outputs, { text: 'large: b' });
});

test('the same load again is the same worker, and one with another configuration changes it alive', async (t) => {
  const host = await shop.open(t);
  const first = await host.load({ capability: 'speech', isNew: true, set: { beams: 2 } });
  const { instance } = first;
  const again = await host.load({ capability: instance });
  assert.equal(again.session, first.session);
  const changed = await host.load({ capability: instance, set: { beams: 3 } });
  assert.equal(changed.session, first.session, 'it was reconfigured');
  assert.notEqual(changed.configHash, first.configHash);
  assert.deepEqual((await describe(host, instance))['config'], {
    ...((await host.config(instance)).values as object),
    beams: 3,
  });
});

test('a load with another environment gets another worker, and one with other slots does not', async (t) => {
  const host = await shop.open(t);
  const first = await host.load({ capability: 'speech', isNew: true });
  const { instance } = first;
  const slots = await host.load({ capability: instance, slots: 5 });
  assert.deepEqual([slots.session, slots.slots], [first.session, 5]);
  const other = await host.load({ capability: instance, env: { DEVICE_ORDER: 'bus' } });
  assert.notEqual(other.session, first.session);
  assert.equal(other.slots, 5);
  assert.equal(await host.call(`${instance}.variable`), 'bus');
  await until(() => !isRunning(first.pid ?? 0), 'the first worker has ended');
});

test('a whole configuration stands on the defaults alone, also an empty one', async (t) => {
  const host = await shop.open(t);
  await host.load({ capability: 'speech-large', set: { beams: 7 } });
  const { values, sources } = await host.config('speech-large');
  assert.deepEqual([values['model'], sources['model']], ['large', 'capstan.yaml']);
  await host.load({ capability: 'speech-large', config: {} });
  const empty = await host.config('speech-large');
  assert.deepEqual([empty.values['model'], empty.sources['model']], ['tiny', 'default']);
  assert.equal(empty.values['beams'], 5);
});

test('a named instance and what was set of it are known to the next host; a generated one is not', async (t) => {
  const host = await shop.open(t);
  const { instance: generated } = await host.load({ capability: 'speech', isNew: true });
  await host.load({
    capability: 'speech',
    instance: 'keeps',
    set: { model: 'large' },
    env: { DEVICE_ORDER: 'fastest' },
  });
  await host.setEnabled('keeps', false, 'test');
  await host.close();
  const next = await shop.open(t);
  const view = viewOf(next, 'keeps');
  assert.deepEqual([view.kind, view.state, view.enabled], ['named', 'stopped', false]);
  assert.equal(await codeOf(next.call('keeps.describe')), 'CAPABILITY_DISABLED');
  await next.setEnabled('keeps', true, 'test');
  assert.equal((await describe(next, 'keeps'))['model'], 'large');
  assert.equal(await next.call('keeps.variable'), 'fastest');
  assert.equal(await codeOf(next.call(`${generated}.describe`)), 'CAPABILITY_NOT_FOUND');
  await next.unload('keeps', { forget: true });
  assert.equal(await codeOf(next.call('keeps.describe')), 'CAPABILITY_NOT_FOUND');
});

test('a job of a generated instance that is gone fails with that reason, and none hangs', async (t) => {
  const host = await shop.open(t, { dispatch: false });
  const { instance } = await host.load({ capability: 'speech', isNew: true });
  const [job] = await host.submit([{ capability: instance, action: 'describe' }]);
  await host.close();
  const next = await shop.open(t);
  const ended = await next.wait(job?.jobId ?? '');
  assert.equal(ended.error?.code, 'INSTANCE_NOT_FOUND');
  assert.match(ended.error?.hint ?? '', /generated name/);
});

test('a load that fails says why, leaves no process, and records nothing', async (t) => {
  const spawned: number[] = [];
  const host = await shop.open(t, {
    onEvent: (event) => {
      if (isJournaled(event) && event.type === 'worker_spawned') {
        spawned.push(Number(event.payload['pid']));
      }
    },
  });
  await assert.rejects(host.load({ capability: 'broken' }), (error: HostError) => {
    assert.equal(error.code, 'WORKER_START_FAILED');
    assert.match(error.message, /could not be initialized: the licence server said no/);
    return true;
  });
  await assert.rejects(
    host.load({ capability: 'speech', instance: 'never', set: { model: 'broken' } }),
    /the model is damaged/,
  );
  assert.deepEqual(spawned.map(isRunning), [false, false]);
  assert.equal(
    host.instances().some(({ instance }) => instance === 'never'),
    false,
  );
  await assert.rejects(
    host.load({ capability: 'speech', set: { model: 'broken' } }),
    /the model is damaged/,
  );
  assert.equal((await host.config('speech')).values['model'], 'tiny');
});

test('a load that is given up leaves no process', async (t) => {
  const spawned: number[] = [];
  const begun = Promise.withResolvers<void>();
  const host = await shop.open(t, {
    onEvent: (event) => {
      if (isJournaled(event) && event.type === 'worker_spawned') {
        spawned.push(Number(event.payload['pid']));
      }
    },
  });
  const stop = new AbortController();
  const loading = host.load(
    { capability: 'speech', isNew: true, set: { loadMs: 60_000 } },
    {
      signal: stop.signal,
      onProgress: (_, message) => message.includes('loading') && begun.resolve(),
    },
  );
  await begun.promise;
  stop.abort();
  assert.equal(await codeOf(loading), 'CANCELLED');
  assert.deepEqual(spawned.map(isRunning), [false]);
});

test('what cannot be right is refused at the door, with the nearest name', async (t) => {
  const host = await shop.open(t);
  const refusals: [Promise<unknown>, string, RegExp][] = [
    [host.load({ capability: 'speach' }), 'CAPABILITY_NOT_FOUND', /speech/],
    [host.load({ capability: 'absent' }), 'CAPABILITY_NOT_INSTALLED', /install/],
    [host.load({ capability: 'speech', instance: 'broken' }), 'INSTANCE_EXISTS', /./],
    [host.load({ capability: 'broken', instance: 'speech-large' }), 'INSTANCE_EXISTS', /./],
    [host.load({ capability: 'speech', instance: 'a b' }), 'INPUT_INVALID', /1 to 64/],
    [host.load({ capability: 'speech', instance: 'x'.repeat(65) }), 'INPUT_INVALID', /1 to 64/],
    [host.load({ capability: 'speech', instance: 'x', isNew: true }), 'INPUT_INVALID', /./],
    [host.load({ capability: 'speech', set: {}, config: {} }), 'INPUT_INVALID', /./],
    [host.load({ capability: 'speech', slots: 0 }), 'INPUT_INVALID', /./],
    [host.load({ capability: 'speech', set: { modle: 'x' } }), 'CONFIG_INVALID', /model/],
    [
      host.load({ capability: 'speech', env: { DEVICE_ODER: 'x' } }),
      'INPUT_INVALID',
      /DEVICE_ORDER/,
    ],
    [host.load({ capability: 'speech', adapters: ['x:Y'] }), 'ADAPTER_NOT_FOUND', /./],
    [host.unload('speach'), 'INSTANCE_NOT_FOUND', /speech/],
    [host.reload('speach'), 'INSTANCE_NOT_FOUND', /speech/],
    [host.configure('speach', {}), 'INSTANCE_NOT_FOUND', /speech/],
    [host.prefetch('speach'), 'INSTANCE_NOT_FOUND', /speech/],
    [host.setEnabled('speach', false, 'me'), 'INSTANCE_NOT_FOUND', /speech/],
    [host.call('speach.transcribe'), 'CAPABILITY_NOT_FOUND', /speech/],
    [host.call('transcribe'), 'USAGE', /capability\.action/],
  ];
  for (const [refused, code, says] of refusals) {
    // oxlint-disable-next-line no-await-in-loop -- each is a case of its own
    await assert.rejects(refused, (error: HostError) => {
      assert.equal(error.code, code, error.message);
      assert.match(`${error.message} ${error.hint}`, says);
      return true;
    });
  }
  assert.equal(
    host.instances().every(({ state }) => state === 'stopped'),
    true,
  );
});

test('a disabled named instance takes no calls, and its siblings do', async (t) => {
  const host = await shop.open(t);
  await host.setEnabled('speech-large', false, 'test');
  assert.equal(
    await codeOf(host.call('speech-large.transcribe', { audio: 'a' })),
    'CAPABILITY_DISABLED',
  );
  assert.equal(await host.call('speech.transcribe', { audio: 'a' }), 'tiny: a');
});

test('several are loaded and unloaded at once, so many at a time, each told by its name', async (t) => {
  const host = await shop.open(t);
  let starting = 0;
  let most = 0;
  host.subscribe(({ type }) => {
    if (type === 'worker_spawned') most = Math.max(most, (starting += 1));
    if (type === 'config_applied' || type === 'worker_died') starting -= 1;
  });
  const results = await host.loadAll(
    [
      { capability: 'speech' },
      { capability: 'broken' },
      { capability: 'speech', isNew: true },
      { capability: 'speech', instance: 'speech-large' },
      { capability: 'nothing' },
    ],
    { concurrency: 2 },
  );
  assert.deepEqual(
    results.map((one) => [one.key, one.kind === 'failed' ? one.error.code : one.instance.state]),
    [
      ['speech', 'ready'],
      ['broken', 'WORKER_START_FAILED'],
      ['speech#new[2]', 'ready'],
      ['speech-large', 'ready'],
      ['nothing', 'CAPABILITY_NOT_FOUND'],
    ],
  );
  assert.ok(most <= 2, `${most} at once`);
  const pids = host.instances().flatMap(({ pid }) => (pid === null ? [] : [pid]));
  const unloaded = await host.unloadAll(['speech', 'speech-large', 'nothing']);
  assert.deepEqual(
    unloaded.map(({ key, kind }) => [key, kind]),
    [
      ['speech', 'unloaded'],
      ['speech-large', 'unloaded'],
      ['nothing', 'failed'],
    ],
  );
  assert.equal(pids.filter(isRunning).length, 1, 'the generated one lives');
});

test('with failFast the first failure is thrown, and nothing more begins', async (t) => {
  const host = await shop.open(t);
  const requests = [{ capability: 'broken' }, { capability: 'speech' }];
  await assert.rejects(
    host.loadAll(requests, { concurrency: 1, failFast: true }),
    /licence server/,
  );
  assert.equal(viewOf(host, 'speech').state, 'stopped');
  assert.equal(await codeOf(host.loadAll([], { concurrency: 0 })), 'INPUT_INVALID');
});

test('an instance takes as many calls at once as it has slots, and its siblings are not held up', async (t) => {
  const host = await shop.open(t);
  const { instance } = await host.load({ capability: 'speech', isNew: true, slots: 1 });
  const latch = shop.latch();
  const log = shop.log();
  await host.configure(instance, { set: { log: log.path } });
  const first = host.call(`${instance}.hold`, { until: latch.path });
  await until(() => log.events().includes('hold'), 'the first call is inside');
  const [second] = await host.submit([{ capability: instance, action: 'describe' }]);
  assert.equal(await host.call('speech.transcribe', { audio: 'a' }), 'tiny: a');
  assert.match(host.whyWaiting(second?.jobId ?? '') ?? '', new RegExp(instance));
  assert.equal(viewOf(host, instance).callsInFlight, 1);
  latch.open();
  await first;
  assert.equal((await host.wait(second?.jobId ?? '')).state, 'completed');
});

test('a worker is ended when its calls have ended, and what comes next starts another', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  const { instance, pid } = await host.load({
    capability: 'speech',
    instance: 'ending',
    set: { log: log.path },
  });
  const latch = shop.latch();
  const held = host.call(`${instance}.hold`, { until: latch.path });
  await until(() => log.events().includes('hold'), 'the call is inside');
  const unloading = host.unload(instance);
  assert.equal(isRunning(pid ?? 0), true);
  latch.open();
  assert.equal(await held, pid);
  await unloading;
  assert.equal(isRunning(pid ?? 0), false);
  assert.deepEqual(log.events(), ['initialize tiny', 'hold', 'let go', 'cleanup']);
  assert.notEqual((await describe(host, instance))['pid'], pid);
});

test('a call that waits for an instance that is forgotten meanwhile hears that it is gone', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  const { instance } = await host.load({
    capability: 'speech',
    instance: 'passing',
    set: { log: log.path },
  });
  const latch = shop.latch();
  const held = host.call(`${instance}.hold`, { until: latch.path });
  await until(() => log.events().includes('hold'), 'a call is inside');
  const forgetting = host.unload(instance, { forget: true });
  const phases: string[] = [];
  const waiting = codeOf(
    host.call(`${instance}.describe`, {}, { onProgress: (_, text) => phases.push(text) }),
  );
  await until(() => phases.some((text) => text.startsWith('waiting for the end')), 'it waits');
  latch.open();
  await Promise.all([held, forgetting]);
  assert.equal(await waiting, 'INSTANCE_NOT_FOUND');
  assert.equal(
    host.instances().some((view) => view.instance === instance),
    false,
  );
});

test('whoever gives up waiting for an unload finds the instance as it was', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  const { pid } = await host.load({ capability: 'speech', set: { log: log.path } });
  const latch = shop.latch();
  const held = host.call('speech.hold', { until: latch.path });
  await until(() => log.events().includes('hold'), 'a call is inside');
  const stop = new AbortController();
  const unloading = codeOf(host.unload('speech', { signal: stop.signal }));
  await until(() => viewOf(host, 'speech').state === 'stopping', 'it waits');
  stop.abort();
  assert.equal(await unloading, 'CANCELLED');
  assert.equal((await describe(host, 'speech'))['pid'], pid);
  latch.open();
  await held;
});
