import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CpuMeter } from '../../src/resources/cpu.ts';
import { memoryOf } from '../../src/resources/memory.ts';
import { temporaryFolder } from './gpus.ts';

const gib = 1024 ** 3;
const unlimited = '9223372036854771712';

/** A machine of 64 GiB, 60 of them available, with these files besides. */
function machine(t: TestContext, files: { [path: string]: string }): string {
  const root = `${temporaryFolder(t)}/`;
  const kb = gib / 1024;
  const meminfo = `MemTotal: ${64 * kb} kB\nMemFree: ${50 * kb} kB\nMemAvailable:  ${60 * kb} kB\n`;
  for (const [path, text] of Object.entries({ 'proc/meminfo': meminfo, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const inGib = ({ total, available }: { total: number; available: number }) => [
  total / gib,
  available / gib,
];

test('without a limit it is what the machine has', (t) => {
  assert.deepEqual(inGib(memoryOf(machine(t, {}))), [64, 60]);
  const root = machine(t, {
    'proc/self/cgroup': '0::/user.slice\n',
    'sys/fs/cgroup/user.slice/memory.max': 'max\n',
    'sys/fs/cgroup/user.slice/memory.current': `${40 * gib}\n`,
  });
  assert.deepEqual(inGib(memoryOf(root)), [64, 60]);
});

test('a container’s limit is the total; file cache that the kernel gives back is not in use', (t) => {
  const root = machine(t, {
    'proc/self/cgroup': '0::/\n',
    'sys/fs/cgroup/memory.max': `${8 * gib}\n`,
    'sys/fs/cgroup/memory.current': `${5 * gib}\n`,
    'sys/fs/cgroup/memory.stat': `anon ${2 * gib}\nfile ${3 * gib}\ninactive_file ${2 * gib}\nactive_file ${gib}\nslab_reclaimable 0\n`,
  });
  assert.deepEqual(inGib(memoryOf(root)), [8, 6]);
});

test('of several groups one above the other the tightest counts, each by its own use', (t) => {
  const root = machine(t, {
    'proc/self/cgroup': '0::/outer/inner\n',
    'sys/fs/cgroup/outer/memory.max': `${16 * gib}\n`,
    'sys/fs/cgroup/outer/memory.current': `${15 * gib}\n`,
    'sys/fs/cgroup/outer/inner/memory.max': `${12 * gib}\n`,
    'sys/fs/cgroup/outer/inner/memory.current': `${gib}\n`,
  });
  assert.deepEqual(inGib(memoryOf(root)), [12, 1], 'the outer one is nearly full');
});

test('above `high` nothing moves any more, so it is a limit', (t) => {
  const root = machine(t, {
    'proc/self/cgroup': '0::/a\n',
    'sys/fs/cgroup/a/memory.max': 'max\n',
    'sys/fs/cgroup/a/memory.high': `${4 * gib}\n`,
    'sys/fs/cgroup/a/memory.current': `${gib}\n`,
  });
  assert.deepEqual(inGib(memoryOf(root)), [4, 3]);
});

test('control groups of version 1 are read, also where the path is the one outside of the container', (t) => {
  const files = {
    'proc/self/cgroup': '11:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n0::/\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': `${2 * gib}\n`,
    'sys/fs/cgroup/memory/memory.usage_in_bytes': `${gib}\n`,
    'sys/fs/cgroup/memory/memory.stat': `cache 5\ntotal_inactive_file ${gib / 4}\ntotal_active_file ${gib / 4}\n`,
  };
  assert.deepEqual(inGib(memoryOf(machine(t, files))), [2, 1.5]);
  const free = { ...files, 'sys/fs/cgroup/memory/memory.limit_in_bytes': unlimited };
  assert.deepEqual(inGib(memoryOf(machine(t, free))), [64, 60]);
});

test('a path that leads out of the mount is taken for the topmost group', (t) => {
  const root = machine(t, {
    'proc/self/cgroup': '0::/../../elsewhere\n',
    'sys/fs/cgroup/memory.max': `${3 * gib}\n`,
    'sys/fs/cgroup/memory.current': '0\n',
  });
  assert.deepEqual(inGib(memoryOf(root)), [3, 3]);
});

test('a group that is over its limit has nothing left, never less', (t) => {
  const root = machine(t, {
    'proc/self/cgroup': '0::/\n',
    'sys/fs/cgroup/memory.max': `${gib}\n`,
    'sys/fs/cgroup/memory.current': `${2 * gib}\n`,
  });
  assert.deepEqual(inGib(memoryOf(root)), [1, 0]);
});

test('cores are those a container has time for, in whole ones, at least one', (t) => {
  const coresAt = (quota: string): number =>
    new CpuMeter(
      machine(t, { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': quota }),
      16,
    ).look().cores;
  assert.equal(coresAt('250000 100000'), 2);
  assert.equal(coresAt('50000 100000'), 1);
  assert.equal(coresAt('max 100000'), 16);
  assert.equal(coresAt('9900000 100000'), 16);
  const first = machine(t, {
    'proc/self/cgroup': '3:cpu,cpuacct:/\n',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '300000\n',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
  });
  assert.equal(new CpuMeter(first, 16).look().cores, 3);
});

test('busy is what happened between two looks: the machine’s, or the container’s of its own time', async (t) => {
  const root = machine(t, { 'proc/stat': 'cpu  100 0 0 900 0 0 0 0 0 0\n' });
  const meter = new CpuMeter(root, 2);
  assert.equal(meter.look().busyPercent, null, 'nothing to compare with');
  writeFileSync(join(root, 'proc/stat'), 'cpu  140 0 10 950 0 0 0 0 0 0\n');
  await delay(210);
  assert.equal(meter.look().busyPercent, 50);

  const container = machine(t, {
    'proc/self/cgroup': '0::/\n',
    'sys/fs/cgroup/cpu.max': '200000 100000\n',
    'sys/fs/cgroup/cpu.stat': 'usage_usec 1000000\n',
  });
  const limited = new CpuMeter(container, 16);
  const beganMs = performance.now();
  await delay(210);
  writeFileSync(join(container, 'sys/fs/cgroup/cpu.stat'), 'usage_usec 1200000\n');
  const { busyPercent } = limited.look();
  const most = (200 / 2 / 210) * 100;
  const least = (200 / 2 / (performance.now() - beganMs + 50)) * 100;
  assert.ok(busyPercent !== null && busyPercent <= most + 1 && busyPercent >= least - 1);
});
