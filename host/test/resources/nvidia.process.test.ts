import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { memory, meterOf, nvidiaSmi, programOf, temporaryFolder } from './gpus.ts';

const impatient = { waitMs: 100, keepMs: 60_000, pauseMs: 60_000 };
const mib = 1024 * 1024;
const two = [
  '0, GPU-a, NVIDIA GeForce RTX 3090, 24576, 9000, 88',
  '1, GPU-b, NVIDIA GeForce RTX 3090, 24576, 10, 0',
].join('\n');

test('devices and who holds their memory are told by what nvidia-smi prints', async (t) => {
  const folder = temporaryFolder(t);
  const processes = [
    `GPU-a, ${process.pid}, 8000, python3`,
    `GPU-a, ${process.pid}, 200, python3`,
    'GPU-a, 999999999, 300, other',
  ].join('\n');
  nvidiaSmi(folder, { devices: two, processes });
  const { gpus, problems } = await meterOf(folder).look(memory);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    gpus.map(({ index, total, used, busyPercent }) => ({ index, total, used, busyPercent })),
    [
      { index: 0, total: 24_576 * mib, used: 9000 * mib, busyPercent: 88 },
      { index: 1, total: 24_576 * mib, used: 10 * mib, busyPercent: 0 },
    ],
  );
  assert.deepEqual(gpus[0]?.processes, [
    { pid: process.pid, bytes: 8200 * mib, command: 'python3' },
    { pid: 999_999_999, bytes: 300 * mib, command: 'other' },
  ]);
  assert.deepEqual(gpus[1]?.processes, []);
});

test('where the driver does not tell what a process holds, nobody is said to hold anything', async (t) => {
  const folder = temporaryFolder(t);
  nvidiaSmi(folder, { devices: two, processes: `GPU-a, ${process.pid}, [N/A], python.exe` });
  const { gpus } = await meterOf(folder).look(memory);
  assert.equal(gpus[0]?.processes, null);
  assert.deepEqual(gpus[1]?.processes, [], 'the other device has no process at all');
});

test('a process in a MIG slice holds memory of the device', async (t) => {
  const folder = temporaryFolder(t);
  nvidiaSmi(folder, {
    devices: '0, GPU-a, NVIDIA A100-SXM4-40GB, 40960, 5000, [N/A]',
    processes: `MIG-1, ${process.pid}, 4800, python3`,
    list: 'GPU 0: NVIDIA A100 (UUID: GPU-a)\n  MIG 1g.5gb Device 0: (UUID: MIG-1)',
  });
  const { gpus } = await meterOf(folder).look(memory);
  assert.deepEqual(gpus[0]?.processes, [
    { pid: process.pid, bytes: 4800 * mib, command: 'python3' },
  ]);
});

test('a device that has no memory of its own has the machine’s', async (t) => {
  const folder = temporaryFolder(t);
  nvidiaSmi(folder, { devices: '0, GPU-a, NVIDIA GB10, [N/A], [N/A], 12' });
  const { gpus } = await meterOf(folder).look(memory);
  assert.equal(gpus[0]?.isUnified, true);
  assert.equal(gpus[0]?.total, memory.total);
  assert.equal(gpus[0]?.used, memory.total - memory.available);
});

test('what may not be asked is taken from the processes, and said', async (t) => {
  const folder = temporaryFolder(t);
  nvidiaSmi(folder, {
    devices: '0, GPU-a, NVIDIA A100, 40960, [Insufficient Permissions], [N/A]',
    processes: `GPU-a, ${process.pid}, 4800, python3`,
  });
  const { gpus, problems } = await meterOf(folder).look(memory);
  assert.equal(gpus[0]?.used, 4800 * mib);
  assert.match(problems.join(), /does not tell how much memory of device 0/);
});

const failures = [
  {
    said: 'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.173',
    code: 18,
    told: /version mismatch.*restart the machine/,
  },
  {
    said: "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
    code: 9,
    told: /couldn't communicate.*driver is not loaded/,
  },
  {
    said: 'Failed to initialize NVML: Insufficient Permissions',
    code: 4,
    told: /Insufficient Permissions.*\/dev\/nvidia/,
  },
  { said: '', code: 255, told: /ended with code 255 and said nothing/ },
];
for (const { said, code, told } of failures) {
  test(`an nvidia-smi that fails with ${code} is a problem with its words and what helps`, async (t) => {
    const folder = temporaryFolder(t);
    nvidiaSmi(folder, { devices: said, code });
    const { gpus, problems } = await meterOf(folder).look(memory);
    assert.deepEqual(gpus, []);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', told);
  });
}

test('a driver that finds no device is no problem, and neither is a machine without nvidia-smi', async (t) => {
  const folder = temporaryFolder(t);
  nvidiaSmi(folder, { devices: 'No devices were found', code: 6 });
  assert.deepEqual(await meterOf(folder).look(memory), { gpus: [], problems: [] });
  if (!existsSync('/dev/nvidia0')) {
    const empty = temporaryFolder(t);
    assert.deepEqual(await meterOf(empty).look(memory), { gpus: [], problems: [] });
  }
});

test('one device that is lost is a problem, the others are told', async (t) => {
  const folder = temporaryFolder(t);
  const lost = 'Unable to determine the device handle for GPU0000:01:00.0: GPU is lost.';
  nvidiaSmi(folder, { devices: `${lost}\n${two}`, code: 15 });
  const { gpus, problems } = await meterOf(folder).look(memory);
  assert.equal(gpus.length, 2);
  assert.match(problems[0] ?? '', /GPU is lost/);
});

test('a program that hangs holds up one look for its limit, later ones hardly, and is not started again', async (t) => {
  const folder = temporaryFolder(t);
  programOf(folder, 'nvidia-smi', `echo started >> '${folder}/starts'\nexec /bin/sleep 60`);
  const meter = meterOf(folder, { times: impatient, limitMs: 700 });
  const first = await meter.look(memory);
  assert.match(first.problems.join(), /did not answer within 0.7 s/);
  const beganMs = performance.now();
  const second = await meter.look(memory);
  assert.ok(performance.now() - beganMs < 100, 'the second look asks nobody');
  assert.match(second.problems.join(), /did not answer/);
  const starts = readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n');
  assert.equal(starts.length, 2, 'one for the devices, one for the processes');
});

test('a meter that is closed ends the program it waits for, and starts no other', async (t) => {
  const folder = temporaryFolder(t);
  programOf(folder, 'nvidia-smi', `echo $$ >> '${folder}/pids'\nexec /bin/sleep 60`);
  const meter = meterOf(folder);
  const look = meter.look(memory);
  const pids = (): string[] =>
    existsSync(join(folder, 'pids'))
      ? readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n')
      : [];
  while (pids().length < 2) {
    // oxlint-disable-next-line no-await-in-loop -- until both questions are asked
    await delay(10);
  }
  meter.close();
  assert.match((await look).problems.join(), /nvidia-smi was not waited for/);
  while (pids().some((pid) => existsSync(`/proc/${pid}`))) {
    // oxlint-disable-next-line no-await-in-loop -- until they are gone
    await delay(10);
  }
  await meter.look(memory);
  assert.equal(pids().length, 2);
});

test('a device that was known is still told while the driver does not answer, without who holds it', async (t) => {
  const folder = temporaryFolder(t);
  nvidiaSmi(folder, { devices: two, processes: `GPU-a, ${process.pid}, 8000, python3` });
  const meter = meterOf(folder, { times: impatient, limitMs: 1_000 });
  await meter.look(memory);
  rmSync(join(folder, 'nvidia-smi'));
  programOf(folder, 'nvidia-smi', 'exec /bin/sleep 30');
  const { gpus, problems } = await meter.look(memory);
  assert.equal(gpus[0]?.used, 9000 * mib);
  assert.equal(gpus[0]?.processes, null);
  assert.match(problems.join(), /has not answered for 0\.\d s.*s old/s);
});

test('in a container whose driver tells other process numbers, it cannot be told who holds what', async (t) => {
  const folder = temporaryFolder(t);
  nvidiaSmi(folder, { devices: two, processes: 'GPU-a, 999999999, 8000, python3' });
  const outside = await meterOf(folder, { isInContainer: true }).look(memory);
  assert.equal(outside.gpus[0]?.processes, null);

  nvidiaSmi(folder, { devices: two, processes: `GPU-a, ${process.pid}, 8000, python3` });
  const inside = await meterOf(folder, { isInContainer: true }).look(memory);
  assert.equal(inside.gpus[0]?.processes?.length, 1);
});

test('a program that is not executable is passed over, as a shell does', async (t) => {
  const folder = temporaryFolder(t);
  const other = temporaryFolder(t);
  nvidiaSmi(other, { devices: two });
  programOf(folder, 'nvidia-smi', 'exit 1');
  chmodSync(join(folder, 'nvidia-smi'), 0o644);
  const { gpus } = await meterOf(`${folder}:.:${other}`).look(memory);
  assert.equal(gpus.length, 2);
});
