import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '@capstan/protocol';
import type { HostError } from '../../src/errors.ts';
import type { Redactor } from '../../src/secrets/index.ts';
import { isRunning } from '../workers/fixtures.ts';
import { codeOf, until } from './voices.ts';
import { attempt, job, world } from './world.ts';

/** A tool that speaks the bare protocol and fails at what its instance is told. */
const id = 'has-moods';

async function ask({ instances }: ReturnType<typeof world>, action: string): Promise<Json> {
  const outcome = await instances.execute(job(id, action), attempt());
  assert.ok(outcome.kind === 'completed', JSON.stringify(outcome));
  return outcome.result;
}

const viewIn = ({ instances }: ReturnType<typeof world>) => {
  const view = instances.list().find(({ instance }) => instance === id);
  assert.ok(view);
  return view;
};

test('a hook that fails is reported, and the flag holds all the same', async (t) => {
  const host = world(t);
  await host.instances.load({ capability: id }, {});
  await host.instances.enabledChanged(id, false);
  const warning = host.output.find(({ message }) => message === 'on_disable failed: not now');
  assert.deepEqual([warning?.level, warning?.capability], ['warning', id]);
  await host.instances.enabledChanged(id, true);
  assert.deepEqual(await ask(host, 'told'), [['initialize', {}], 'on_enable']);
});

test('an instance without a worker has nobody to tell', async (t) => {
  const host = world(t);
  await host.instances.enabledChanged(id, false);
  assert.deepEqual(host.told(), []);
});

test('a tool that has nothing to fetch says so', async (t) => {
  const host = world(t);
  assert.deepEqual(await host.instances.prefetch(id, {}), { status: 'not_supported' });
});

test('the live choices come from the worker', async (t) => {
  const host = world(t);
  assert.deepEqual(await host.instances.configOptions(id, {}), {});
  assert.deepEqual(await host.instances.configOptions(id, { start: true }), {
    model: { options: [{ value: 'x' }] },
  });
});

test('a worker that lacks reconfigure is initialized anew', async (t) => {
  const host = world(t);
  await host.instances.load({ capability: id }, {});
  await host.instances.configure(id, { set: { mood: 'lacking' } }, {});
  assert.deepEqual(await ask(host, 'told'), [
    ['initialize', {}],
    ['reconfigure', {}, { mood: 'lacking' }],
    ['initialize', { mood: 'lacking' }],
  ]);
});

test('a tool that can take neither the new nor the old configuration loses its worker, and the next one has the old', async (t) => {
  const host = world(t);
  await host.instances.load({ capability: id }, {});
  const pid = Number(await ask(host, 'pid'));
  await assert.rejects(
    host.instances.configure(id, { set: { mood: 'bad' } }, {}),
    ({ code, message }: HostError) => {
      assert.equal(code, 'RECONFIGURE_FAILED');
      assert.match(message, /in a bad mood/);
      return true;
    },
  );
  assert.equal(isRunning(pid), false);
  assert.deepEqual(await ask(host, 'told'), [['initialize', {}]]);
  assert.equal(host.records.one(id), null, 'nothing was recorded');
});

test('a worker that dies of its new configuration is told so, and the next one has the old', async (t) => {
  const host = world(t);
  await host.instances.load({ capability: id }, {});
  const change = host.instances.configure(id, { set: { mood: 'dies' } }, {});
  await assert.rejects(change, /has-moods could not be reconfigured: .*exited with code 9/);
  assert.deepEqual(await ask(host, 'told'), [['initialize', {}]]);
});

test('a tool that says nothing while it is reconfigured is ended after the silence, not after any time', async (t) => {
  const host = world(t, { silenceMs: 150 });
  await host.instances.load({ capability: id }, {});
  const change = host.instances.configure(id, { set: { mood: 'silent' } }, {});
  assert.equal(await codeOf(change), 'WORKER_NOT_READY');
  assert.deepEqual(await ask(host, 'told'), [['initialize', {}]]);
});

test('what cannot be recorded is not in force either', async (t) => {
  const host = world(t);
  await host.instances.load({ capability: id }, {});
  host.records.refuseNext();
  const change = host.instances.configure(id, { set: { mood: 'good' } }, {});
  assert.equal(await codeOf(change), 'STORE_WEDGED');
  assert.deepEqual(await ask(host, 'told'), [
    ['initialize', {}],
    ['reconfigure', {}, { mood: 'good' }],
    ['reconfigure', { mood: 'good' }, {}],
  ]);
  assert.deepEqual(host.instances.config(id).values, {});
});

test('an instance that could not be recorded is not left running', async (t) => {
  const host = world(t);
  host.records.refuseNext();
  const load = host.instances.load({ capability: id, instance: 'mine' }, {});
  assert.equal(await codeOf(load), 'STORE_WEDGED');
  assert.equal(isRunning(Number(host.eventOf('worker_spawned')['pid'])), false);
  assert.equal(
    host.instances.list().some(({ instance }) => instance === 'mine'),
    false,
  );
});

test('each instance is ended after its own idle time', async (t) => {
  const brief = { id: 'brief', config: {}, adapters: null, idleMs: 30, slots: 1, env: {} };
  const host = world(t, { instances: [brief] });
  await host.instances.load({ capability: 'well-behaved' }, {});
  await host.instances.load({ capability: 'brief' }, {});
  const stateOf = (name: string) =>
    host.instances.list().find(({ instance }) => instance === name)?.state;
  await until(() => stateOf('brief') === 'stopped', 'the brief one is ended');
  assert.equal(stateOf('well-behaved'), 'ready');
  const [died] = host.events.filter(({ eventType }) => eventType === 'worker_died');
  assert.deepEqual([died?.capability, died?.instance], ['well-behaved', 'brief']);
});

test('a secret that was changed reaches its capability by new workers, and a call inside ends in the old one', async (t) => {
  const secrets = { TOKEN: 'old' };
  const host = world(
    t,
    {},
    {
      variablesOf: async () => ({
        secrets: { ...secrets },
        env: {},
        withheld: [],
        exported: [],
        missing: [],
        warnings: [],
        redactor: noRedactor,
      }),
    },
  );
  const capability = 'well-behaved';
  await host.instances.load({ capability }, {});
  await host.instances.load({ capability, isNew: true }, {});
  const waiting = attempt();
  const call = host.instances.execute(job(capability, 'wait'), waiting);
  await waiting.firstProgress;
  const before = host.instances.list().flatMap(({ pid }) => (pid === null ? [] : [pid]));
  secrets.TOKEN = 'new';
  await host.instances.secretsChanged(capability);
  const after = host.instances.list().flatMap(({ pid }) => (pid === null ? [] : [pid]));
  assert.equal(after.length, 2);
  assert.equal(
    after.some((pid) => before.includes(pid)),
    false,
  );
  assert.equal(before.filter(isRunning).length, 1, 'the one with a call inside');
  waiting.controller.abort(new Error('enough'));
  assert.equal((await call).kind, 'cancelled');
  await until(() => !before.some(isRunning), 'all old ones have ended');
});

test('after the end nothing is started, not even what waited for its turn', async (t) => {
  const host = world(t);
  await host.instances.load({ capability: id }, {});
  const reloads = [1, 2, 3].map(() => codeOf(host.instances.reload(id, {})));
  await host.instances.stopAll();
  for (const code of await Promise.all(reloads)) assert.equal(code, 'CANCELLED');
  const pids = host.events
    .filter(({ eventType }) => eventType === 'worker_spawned')
    .map(({ payload }) => Number(payload['pid']));
  await until(() => !pids.some(isRunning), 'all are gone');
  assert.equal(await codeOf(host.instances.load({ capability: id }, {})), 'CANCELLED');
});

test('an instance that fails to start again and again is refused, but not to a person who asks', async (t) => {
  const host = world(t);
  const tries = [1, 2, 3, 4];
  for (const _ of tries) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await host.instances.execute(job('dies-on-start', 'x'), attempt());
  }
  const spawned = () => host.told().filter((type) => type === 'worker_spawned').length;
  assert.equal(spawned(), 3);
  assert.equal(
    await codeOf(host.instances.load({ capability: 'dies-on-start' }, {})),
    'WORKER_START_FAILED',
  );
  assert.equal(spawned(), 4);
  assert.equal(viewIn(host).refused, null, 'others are not concerned');
});

const noRedactor = { isEmpty: true, text: (s: string) => s, json: (v: Json) => v } as Redactor;

test('a record that cannot be read is taken for empty, with a warning, and keeps nothing from starting', async (t) => {
  const host = world(t);
  host.records.damage(id, 'config is no JSON');
  await host.instances.load({ capability: id }, {});
  assert.deepEqual(await ask(host, 'told'), [['initialize', {}]]);
  const warning = host.output.find(({ message }) => message.includes('is damaged'));
  assert.equal(
    warning?.message,
    'what was set for has-moods is damaged and taken for empty: config is no JSON',
  );
});
