import assert from 'node:assert/strict';
import type { Frame, JsonObject } from '@capstan/protocol';
import type { Check } from '../subject.ts';
import { type Worker, until, withWorker } from '../worker.ts';

const post = async (worker: Worker, path: string, body?: JsonObject) => {
  const { status, json, text } = await worker.ask('POST', path, body);
  assert.equal(status, 200, `${path}: ${text}`);
  return json;
};

export const lifecycleChecks: Check[] = [
  {
    name: 'says who it is',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const { json } = await worker.ask('GET', '/health');
        assert.equal(json.status, 'running');
        assert.equal(json.name, 'conformance');
        assert.equal(json.version, '1.0.0');
        assert.equal(json.inFlight, 0);
        assert.deepEqual(json.protocol, [1, 1]);
        assert.equal(typeof json.sdk.name, 'string');
        assert.equal(typeof json.uptimeS, 'number');
      }),
  },
  {
    name: 'measures its whole process tree',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const { json: child } = await worker.execute('spawn_child');
        await worker.execute('usage', { unit: 'tokens', amount: 12 });
        const { json } = await worker.ask('GET', '/stats');
        assert.equal(json.pid, (await worker.ask('GET', '/health')).json.pid);
        assert.ok(json.subtree_pids.includes(json.pid));
        assert.ok(json.subtree_pids.includes(child.pid), 'the child is part of the tree');
        assert.ok(json.memory_rss_mb > 1);
        assert.ok(json.cpu_percent >= 0);
        assert.deepEqual(json.usage, { tokens: 12 });
      }),
  },
  {
    name: 'shows its surface, its configuration and what is possible now',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const surface = (await worker.ask('GET', '/structural_surface')).json;
        const names = surface.methods.map(({ name }: { name: string }) => name);
        assert.ok(names.includes('initialize') && names.includes('execute'), names.join());
        assert.ok(names.every((name: string) => !name.startsWith('_')));
        const schema = (await worker.ask('GET', '/config_schema')).json;
        assert.equal(schema.type, 'object');
        assert.equal(schema.properties.greeting.default, 'hello');
        assert.equal(schema.properties.initializeMs.maximum, 60_000);
        const config = (await worker.ask('GET', '/config')).json;
        assert.deepEqual(config, { greeting: 'hello', initializeMs: 0, model: 'small' });
        const options = (await worker.ask('GET', '/config_options')).json;
        assert.deepEqual(
          options.model.options.map(({ value }: { value: string }) => value),
          ['small', 'large'],
        );
      }),
  },
  {
    name: 'goes through its lifecycle in the order it is told',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const before = { greeting: 'hi', initializeMs: 0, model: 'small' };
        assert.deepEqual(await post(worker, '/initialize', { greeting: 'hi' }), { status: 'ok' });
        assert.deepEqual((await worker.ask('GET', '/config')).json, before);
        assert.deepEqual(await post(worker, '/prefetch'), { status: 'prefetched' });
        const after = { ...before, model: 'large' };
        const body = { old_config: before, new_config: after };
        assert.deepEqual(await post(worker, '/reconfigure', body), { status: 'reconfigured' });
        assert.deepEqual((await worker.ask('GET', '/config')).json, after);
        assert.deepEqual(await post(worker, '/on_disable'), { status: 'disabled' });
        assert.deepEqual(await post(worker, '/on_enable'), { status: 'enabled' });
        assert.deepEqual(await post(worker, '/release'), { status: 'released' });
        assert.deepEqual(await post(worker, '/cleanup'), { status: 'cleaned' });
        const { json: events } = await worker.execute('events');
        assert.deepEqual(events, [
          'initialize',
          'prefetch',
          'release:model',
          'reconfigure',
          'on_disable',
          'on_enable',
          'free_memory',
          'cleanup',
        ]);
      }),
  },
  {
    name: 'initializes without a body, with the defaults',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        assert.deepEqual(await post(worker, '/initialize'), { status: 'ok' });
        assert.deepEqual((await worker.execute('events')).json, ['initialize']);
      }),
  },
  {
    name: 'refuses a configuration with unknown keys or wrong values, and keeps the old one',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        for (const [config, field] of [
          [{ greetin: 'hi' }, 'greetin'],
          [{ model: 'huge' }, 'model'],
          [{ initializeMs: -1 }, 'initializeMs'],
          [{ greeting: 7 }, 'greeting'],
        ] as const) {
          const { status, json } = await worker.ask('POST', '/initialize', config);
          assert.equal(status, 500);
          assert.equal(json._job_error.code, 'CONFIG_INVALID');
          assert.equal(json._job_error.category, 'input');
          assert.deepEqual(json._job_error.fieldsInvalid, [field]);
        }
        assert.deepEqual((await worker.execute('events')).json, []);
        assert.equal((await worker.ask('GET', '/config')).json.greeting, 'hello');
      }),
  },
  {
    name: 'answers health and reports progress while it initializes, and can be told to stop',
    run: (subject) =>
      withWorker(subject, (worker) =>
        reportsUntilStopped(worker, '/initialize', { initializeMs: 30_000 }),
      ),
  },
  {
    name: 'answers health and reports progress while it is reconfigured, and can be told to stop',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        await worker.ask('POST', '/initialize', {});
        const old = (await worker.ask('GET', '/config')).json;
        const body = { old_config: old, new_config: { ...old, initializeMs: 30_000 } };
        await reportsUntilStopped(worker, '/reconfigure', body);
        assert.deepEqual((await worker.ask('GET', '/config')).json, old, 'the old one stays');
      }),
  },
  {
    name: 'reports progress while it prefetches',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        await worker.ask('POST', '/initialize', { initializeMs: 100 });
        const headers = { accept: 'application/x-ndjson' };
        const { text } = await worker.ask('POST', '/prefetch', undefined, { headers });
        const frames = text.trim().split('\n');
        assert.match(frames[0] ?? '', /"progress".*warming up/);
        assert.match(frames.at(-1) ?? '', /"prefetched"/);
      }),
  },
  {
    name: 'knows the endpoints of monitors only as far as its capability does',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        assert.equal((await worker.ask('POST', '/get_system_status')).status, 404);
        const declined = await worker.ask('POST', '/list_processes');
        assert.equal(declined.status, 501);
        assert.equal(declined.json._job_error.code, 'NOT_SUPPORTED');
      }),
  },
  {
    name: 'sets declared secrets in its environment, and no others',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const { json } = await worker.execute('environ');
        assert.equal(json.secret, 'declared');
        assert.ok(!json.names.includes('CONFORMANCE_HIDDEN'));
        assert.ok(json.names.includes('CAPSTAN_SESSION'));
      }),
  },
];

/** A long phase keeps the worker answering, tells how far it is, and ends when it is cancelled. */
async function reportsUntilStopped(worker: Worker, path: string, body: object): Promise<void> {
  const frames: Frame[] = [];
  const running = worker.ask('POST', path, body, {
    headers: { accept: 'application/x-ndjson', 'capstan-call': 'long' },
    onFrame: (frame) => frames.push(frame),
  });
  await until(`progress of ${path}`, () => frames.length > 1);
  assert.equal(frames[0]?.event === 'progress' && frames[0].message, 'warming up');
  assert.equal((await worker.ask('GET', '/health')).json.inFlight, 1);
  assert.equal((await worker.ask('GET', '/progress')).json.calls.long.message, 'warming up');
  await worker.ask('POST', '/cancel', { call: 'long' });
  const cancelledAt = performance.now();
  await running;
  assert.ok(performance.now() - cancelledAt < 5000, 'it stopped, instead of going on to its end');
  const last = frames.at(-1);
  assert.equal(last?.event === 'error' && last.error.category, 'cancelled');
}
