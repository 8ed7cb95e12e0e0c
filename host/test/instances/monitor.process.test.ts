import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { BuiltInSource } from '../../src/resources/built-in.ts';
import { CapabilitySource } from '../../src/resources/capability.ts';
import { type MachineSnapshot, Monitor } from '../../src/resources/index.ts';
import { conformance } from '../resources/sources.ts';
import { world, type World } from './world.ts';

const mib = 1024 * 1024;
const name = 'watches-machine';
const skip = process.platform === 'linux' ? false : 'there is no /proc';

/** A monitor whose figures come from a worker of the fixture, which behaves as its configuration says. */
async function watched(
  t: TestContext,
  { mood, changes = {} }: { mood?: string; changes?: Parameters<typeof world>[1] } = {},
): Promise<{ monitor: Monitor; around: World }> {
  const around = world(t, { ...changes, ...(mood === undefined ? {} : { config: { mood } }) });
  const monitor = new Monitor({
    env: {},
    disks: ['/'],
    gpus: false,
    capability: {
      name: () => name,
      ask: (whom, method) => around.instances.askMonitor(whom, method),
    },
  });
  t.after(() => monitor.close());
  // Its worker is started by the first look; on a busy machine that takes longer than a look waits.
  await around.instances.load({ capability: name }, {});
  return { monitor, around };
}

if (skip === false) {
  conformance('a capability in its worker', (t) => {
    const { instances } = world(t);
    const builtIn = new BuiltInSource({ env: {}, disks: ['/'], gpus: false });
    return new CapabilitySource(name, (method) => instances.askMonitor(name, method), builtIn);
  });
}

test('a capability measures in place of the built-in monitor', { skip }, async (t) => {
  const { monitor, around } = await watched(t);
  const snapshot = await monitor.snapshot(0);
  assert.deepEqual(snapshot.problems, []);
  const builtIn = await new Monitor({ env: {}, gpus: false }).snapshot();
  assert.equal(snapshot.memory.total, builtIn.memory.total);
  assert.ok(Math.abs(snapshot.memory.available - builtIn.memory.available) < 2048 * mib);
  assert.equal(snapshot.disks[0]?.mount, '/');
  const [gpu] = snapshot.gpus;
  assert.deepEqual([gpu?.total, gpu?.used], [8192 * mib, 1024 * mib]);

  const view = around.instances.list().find(({ instance }) => instance === name);
  const pid = view?.pid ?? 0;
  const { trees } = await monitor.measure([pid]);
  assert.deepEqual(trees.get(pid)?.vram, { 0: 512 * mib }, 'what it says of a process counts');
});

test('a tool with an adapter for the task system-monitor is asked through that', {
  skip,
}, async (t) => {
  const { monitor } = await watched(t, {
    changes: { tasks: { 'system-monitor': { methods: {} } } },
  });
  const { gpus } = await monitor.snapshot(0);
  assert.equal(gpus[0]?.name, 'system-monitor');
});

const told = (snapshot: MachineSnapshot): string => snapshot.problems.join('\n');

test('one that declines to list processes is no failure', { skip }, async (t) => {
  const { monitor } = await watched(t, { mood: 'declines' });
  const snapshot = await monitor.snapshot(0);
  assert.equal(snapshot.gpus[0]?.processes, null);
  assert.equal(told(snapshot), '');
});

test('one whose worker dies is told, and the built-in monitor measures', { skip }, async (t) => {
  const { monitor } = await watched(t, { mood: 'dies' });
  const snapshot = await monitor.snapshot(0);
  assert.match(told(snapshot), /^monitor "watches-machine": .*measures in its place/s);
  assert.ok(snapshot.memory.total > 0);
});

test('one that is not installed, or not there at all, is told, and the built-in monitor measures', async (t) => {
  for (const absent of ['not-installed', 'wacthes-machine']) {
    const { instances } = world(t);
    const monitor = new Monitor({
      env: {},
      gpus: false,
      capability: {
        name: () => absent,
        ask: async (whom, method) => instances.askMonitor(whom, method),
      },
    });
    // oxlint-disable-next-line no-await-in-loop -- one at a time
    const snapshot = await monitor.snapshot(0);
    assert.match(told(snapshot), new RegExp(`monitor "${absent}": .*measures in its place`, 's'));
    assert.ok(snapshot.memory.total > 0);
  }
});
