import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Monitor, type TreeUse } from '../../src/resources/index.ts';
import { liveProcesses } from '../../src/resources/processes.ts';
import { temporaryFolder } from './gpus.ts';

const program = join(import.meta.dirname, '..', 'fixtures', 'resources', 'uses.mjs');
const mib = 1024 * 1024;
const skip = process.platform === 'linux' ? false : 'there is no /proc';

/** A process in a group of its own that does what it is told, when it says it has done so. */
async function start(
  t: TestContext,
  ...what: string[]
): Promise<{ child: ChildProcess; pid: number; told: number[] }> {
  const child = spawn(process.execPath, [program, ...what], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const pid = child.pid ?? 0;
  const told: number[] = [];
  t.after(() => {
    for (const each of [-pid, ...told]) {
      try {
        process.kill(each, 'SIGKILL');
      } catch {
        // Gone already.
      }
    }
  });
  const [line] = await once(child.stdout ?? child, 'data');
  told.push(...(JSON.parse(String(line)) as number[]));
  return { child, pid, told };
}

function monitorOf(t: TestContext, env: NodeJS.ProcessEnv = {}): Monitor {
  const monitor = new Monitor({ env });
  t.after(() => monitor.close());
  return monitor;
}

async function useOf(monitor: Monitor, root: number): Promise<TreeUse> {
  const { trees } = await monitor.measure([root], 0);
  const use = trees.get(root);
  assert.ok(use, 'the root is there');
  return use;
}

test('what a grandchild holds belongs to the root, also after it left the group', {
  skip,
}, async (t) => {
  const monitor = monitorOf(t);
  const idle = await start(t, 'nothing');
  for (const how of ['child', 'child-in-new-session']) {
    // oxlint-disable-next-line no-await-in-loop -- one tree at a time
    const { pid } = await start(t, how, '200');
    // oxlint-disable-next-line no-await-in-loop
    const { trees } = await monitor.measure([pid, idle.pid]);
    const use = trees.get(pid);
    assert.ok(use && use.rssBytes > 200 * mib, `${how}: ${use?.rssBytes}`);
    assert.equal(use.processes, 2);
    assert.ok(use.peakRssBytes >= use.rssBytes);
    assert.ok((trees.get(idle.pid)?.rssBytes ?? 0) < 150 * mib, 'the other root has no part in it');
  }
});

test('a process that lost its parent belongs to the root by its group, and to nobody when it left that too', {
  skip,
}, async (t) => {
  const monitor = monitorOf(t);
  const orphan = await start(t, 'orphan', '200');
  assert.ok((await useOf(monitor, orphan.pid)).rssBytes > 200 * mib);
  const stranger = await start(t, 'stranger', '200');
  const use = await useOf(monitor, stranger.pid);
  assert.equal(use.processes, 1);
  assert.ok(use.rssBytes < 200 * mib, 'it counts as foreign');
});

test('the peak is what was held at most, also when it has been given back', { skip }, async (t) => {
  const monitor = monitorOf(t);
  const { child, pid } = await start(t, 'held-once', '200');
  const use = await useOf(monitor, pid);
  assert.ok(use.peakRssBytes > 200 * mib, `peak ${use.peakRssBytes}`);
  assert.ok(use.rssBytes < use.peakRssBytes - 100 * mib, `now ${use.rssBytes}`);
  child.kill('SIGKILL');
  await once(child, 'close');
  const { trees } = await monitor.measure([pid]);
  assert.equal(trees.has(pid), false, 'a root that is gone has no entry');
});

test('processor time is counted from look to look, that of ended children too', {
  skip,
}, async (t) => {
  const monitor = monitorOf(t);
  const busy = await start(t, 'busy');
  const parent = await start(t, 'busy-children');
  const roots = [busy.pid, parent.pid];
  const first = await monitor.measure(roots);
  assert.equal(first.trees.get(busy.pid)?.cpuPercent, 0, 'nothing to compare with');
  await delay(1_000);
  const { trees } = await monitor.measure(roots);
  for (const root of roots) {
    const percent = trees.get(root)?.cpuPercent ?? 0;
    assert.ok(percent > 10 && percent < 400, `${root}: ${percent}`);
  }
});

test('GPU memory is that of the tree, by device; a device that does not tell has no entry', {
  skip,
}, async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'gpus.json');
  const devices = [
    { total: '24GiB', used: '1GiB' },
    { total: '24GiB' },
    { total: '24GiB', processes: null },
  ];
  writeFileSync(file, JSON.stringify({ devices }));
  mkdirSync(`${file}.d`);
  const { pid, told } = await start(t, 'child', '1');
  const other = await start(t, 'nothing');
  writeFileSync(join(`${file}.d`, String(told[0])), JSON.stringify({ 0: '8GiB' }));
  writeFileSync(join(`${file}.d`, String(other.pid)), JSON.stringify({ 0: '2GiB', 1: '1GiB' }));
  const monitor = monitorOf(t, { CAPSTAN_FAKE_GPUS: file });
  const { trees, snapshot } = await monitor.measure([pid]);
  assert.deepEqual(trees.get(pid)?.vram, { 0: 8 * 1024 * mib, 1: 0 });
  assert.equal(snapshot.gpus[0]?.used, 11 * 1024 * mib);
});

test('a process that comes up while the devices are asked belongs to its root', {
  skip,
}, async (t) => {
  const tell = async (): Promise<unknown> => {
    const { pid } = await start(t, 'nothing');
    return [{ pid, gpu_index: 0, gpu_memory_mb: 512, command: 'late' }];
  };
  const status = { gpu_type: 'NVIDIA', gpu_total_memory_mb: 1024, gpu_used_memory_mb: 512 };
  const monitor = new Monitor({
    env: {},
    capability: {
      name: () => 'watch',
      ask: async (_, method) => (method === 'list_processes' ? tell() : status),
    },
  });
  const { trees } = await monitor.measure([process.pid], 0);
  assert.deepEqual(trees.get(process.pid)?.vram, { 0: 512 * mib });
});

test('one look serves all who ask at once, and a young one those who come later', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'gpus.json');
  writeFileSync(file, '{"devices": [{"total": "1GiB"}]}');
  const monitor = monitorOf(t, { CAPSTAN_FAKE_GPUS: file });
  const [a, b] = await Promise.all([monitor.snapshot(), monitor.snapshot()]);
  assert.equal(a, b);
  assert.equal(await monitor.snapshot(60_000), a);
  writeFileSync(file, '{"devices": [{"total": "2GiB"}]}');
  const anew = await monitor.snapshot(0);
  assert.equal(anew.gpus[0]?.total, 2 * 1024 * mib);
});

test('every process that lives is listed, this one with its parent', { skip }, async () => {
  const all = await liveProcesses();
  const self = all?.find(({ pid }) => pid === process.pid);
  assert.equal(self?.parentPid, process.ppid);
  assert.ok((self?.cpuTicks ?? 0) > 0);
});
