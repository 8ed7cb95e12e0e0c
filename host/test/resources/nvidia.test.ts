import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDevices, parseProcesses, parseSlices } from '../../src/resources/gpus/nvidia-text.ts';

const mib = 1024 * 1024;

test('each line of the devices is one, its amounts in MiB', () => {
  const stdout = [
    '0, GPU-5f2c1a40-6d1e-4a0f-9c5c-0d6e1f8b2a11, NVIDIA GeForce RTX 3090, 24576, 413, 7',
    '1, GPU-0b7d9b3e-15a2-4a43-8f7a-7a7d5e3c9f02, NVIDIA A100-SXM4-40GB, 40960, 0, 0',
  ].join('\n');
  const { devices, unread } = parseDevices(stdout);
  assert.deepEqual(unread, []);
  assert.deepEqual(devices[0], {
    index: 0,
    uuid: 'GPU-5f2c1a40-6d1e-4a0f-9c5c-0d6e1f8b2a11',
    name: 'NVIDIA GeForce RTX 3090',
    total: 24_576 * mib,
    used: 413 * mib,
    busyPercent: 7,
  });
  assert.equal(devices[1]?.used, 0);
});

test('Windows line ends, units that were to be left out, and commas in a name do no harm', () => {
  const { devices } = parseDevices('3, GPU-a, Quadro P400, special, 2000 MiB, 12 MiB, 3 %\r\n\r\n');
  assert.equal(devices[0]?.name, 'Quadro P400, special');
  assert.equal(devices[0]?.total, 2000 * mib);
  assert.equal(devices[0]?.busyPercent, 3);
});

for (const word of [
  '[N/A]',
  'N/A',
  '[Not Supported]',
  '[Insufficient Permissions]',
  '[Unknown Error]',
  '[GPU requires reset]',
  '-1',
]) {
  test(`${word} is no figure`, () => {
    const { devices } = parseDevices(`0, GPU-a, GB10, ${word}, ${word}, ${word}`);
    assert.deepEqual(devices, [
      { index: 0, uuid: 'GPU-a', name: 'GB10', total: null, used: null, busyPercent: null },
    ]);
  });
}

test('what is no line of a device is kept as a complaint', () => {
  const lost = 'Unable to determine the device handle for GPU0000:01:00.0: GPU is lost.';
  const { devices, unread } = parseDevices(`${lost}\n1, GPU-b, Tesla T4, 15360, 2, 0\n`);
  assert.deepEqual(unread, [lost]);
  assert.deepEqual(
    devices.map(({ index }) => index),
    [1],
  );
});

test('processes are read with their devices, and a name may hold commas', () => {
  const { rows } = parseProcesses(
    'GPU-a, 4711, 8122, /opt/my, tools/bin/python3\nGPU-b, 12, [N/A], [Not Found]\n',
  );
  assert.deepEqual(rows, [
    { uuid: 'GPU-a', pid: 4711, bytes: 8122 * mib, command: '/opt/my, tools/bin/python3' },
    { uuid: 'GPU-b', pid: 12, bytes: null, command: null },
  ]);
});

test('a slice belongs to the device above it', () => {
  const owners = parseSlices(
    [
      'GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-48aeb943-9458-4282-da24-e5f49e0db44b)',
      '  MIG 1g.5gb     Device  0: (UUID: MIG-fb42055e-9e53-5764-9278-438605a3014c)',
      '  MIG 2g.10gb    Device  1: (UUID: MIG-b2b9e9a7-1a6b-5a8e-8c3e-2d1f5f1c2b3a)',
      'GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-2)',
    ].join('\n'),
  );
  assert.equal(
    owners.get('MIG-b2b9e9a7-1a6b-5a8e-8c3e-2d1f5f1c2b3a'),
    'GPU-48aeb943-9458-4282-da24-e5f49e0db44b',
  );
  assert.equal(owners.size, 2);
});
