import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseRocm } from '../../src/resources/gpus/rocm-text.ts';
import { memory, meterOf, nvidiaSmi, programOf, temporaryFolder } from './gpus.ts';

const gib = 1024 ** 3;

/** As ROCm 6 prints it. */
const recent = {
  card0: {
    'Device Name': 'AMD Instinct MI210',
    'Device ID': '0x740f',
    GUID: '24801',
    'GPU use (%)': '37',
    'VRAM Total Memory (B)': String(64 * gib),
    'VRAM Total Used Memory (B)': String(10 * gib),
    'Card Series': 'AMD Instinct MI210',
  },
};
/** As ROCm 3 and 4 printed it: other names, tabs, the unit with the number. */
const old = {
  card0: {
    'GPU ID': '0x66af',
    'GPU use (%)': '5%',
    'vram Total Memory (B)': String(16 * gib),
    'vram Total Used Memory (B)': String(gib),
    'Card series': '\t\tVega 20 [Radeon VII]',
  },
};

const rocmSmi = (folder: string, document: unknown, before = ''): void =>
  programOf(
    folder,
    'rocm-smi',
    `${before}\ncat <<'END'\n${JSON.stringify(document)}\nEND`.replace('cat', '/bin/cat'),
  );

for (const [version, document, name, total] of [
  ['recent', recent, 'AMD Instinct MI210', 64],
  ['old', old, 'Vega 20 [Radeon VII]', 16],
] as const) {
  test(`what a ${version} rocm-smi prints is read`, async (t) => {
    const folder = temporaryFolder(t);
    rocmSmi(folder, document);
    const { gpus, problems } = await meterOf(folder).look(memory);
    assert.deepEqual(problems, []);
    assert.equal(gpus[0]?.name, name);
    assert.equal(gpus[0]?.vendor, 'amd');
    assert.equal(gpus[0]?.total, total * gib);
    assert.deepEqual(gpus[0]?.processes, []);
  });
}

test('with one device, what rocm-smi says of a process is what it holds there', async (t) => {
  const folder = temporaryFolder(t);
  const system = {
    [`PID${process.pid}`]: `my, tool, 1, ${8 * gib}, 0, 4`,
    PID77: 'rocm-smi, 0, 0, 0, 0',
  };
  rocmSmi(folder, { ...recent, system }, 'echo "WARNING: {low-power} state"');
  const { gpus } = await meterOf(folder).look(memory);
  assert.deepEqual(gpus[0]?.processes, [{ pid: process.pid, bytes: 8 * gib, command: 'my, tool' }]);
});

test('with several devices the kernel is asked for the share of each; where it cannot tell, nobody can', async (t) => {
  const folder = temporaryFolder(t);
  const root = temporaryFolder(t);
  const document = {
    card0: recent.card0,
    card1: { ...recent.card0, GUID: '555' },
    system: { PID4711: `train, 2, ${9 * gib}, 0, 0` },
  };
  rocmSmi(folder, document);
  const unknown = await meterOf(folder, { root }).look(memory);
  assert.deepEqual(
    unknown.gpus.map(({ processes }) => processes),
    [null, null],
  );
  const shares = join(root, 'sys/class/kfd/kfd/proc/4711');
  mkdirSync(shares, { recursive: true });
  writeFileSync(join(shares, 'vram_24801'), `${8 * gib}\n`);
  writeFileSync(join(shares, 'vram_555'), `${gib}\n`);
  const { gpus } = await meterOf(folder, { root }).look(memory);
  assert.deepEqual(
    gpus.map(({ processes }) => processes?.map(({ bytes }) => bytes / gib)),
    [[8], [1]],
  );
});

test('memory of a process that is UNKNOWN makes it unknown who holds what', async (t) => {
  const folder = temporaryFolder(t);
  rocmSmi(folder, { ...recent, system: { PID12: 'train, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN' } });
  const { gpus } = await meterOf(folder).look(memory);
  assert.equal(gpus[0]?.processes, null);
});

test('a rocm-smi without its driver is a problem with its words', async (t) => {
  const folder = temporaryFolder(t);
  programOf(folder, 'rocm-smi', 'echo "ERROR:root:Driver not initialized" >&2; exit 0');
  const { gpus, problems } = await meterOf(folder).look(memory);
  assert.deepEqual(gpus, []);
  assert.deepEqual(problems, ['rocm-smi: ERROR:root:Driver not initialized']);
});

test('a card that does not tell its memory is left out, and said', () => {
  const told = parseRocm(JSON.stringify({ card0: { 'GPU use (%)': 'N/A' } }));
  assert.deepEqual(told?.devices, [
    { index: 0, kernelId: null, name: 'AMD GPU', total: null, used: null, busyPercent: null },
  ]);
  assert.equal(parseRocm('no json { at all'), null);
});

test('AMD’s devices are counted on from where NVIDIA’s end', async (t) => {
  const folder = temporaryFolder(t);
  nvidiaSmi(folder, { devices: '0, GPU-a, RTX, 100, 1, 0\n1, GPU-b, RTX, 100, 1, 0' });
  rocmSmi(folder, recent);
  const { gpus } = await meterOf(folder).look(memory);
  assert.deepEqual(
    gpus.map(({ index, vendor }) => `${index} ${vendor}`),
    ['0 nvidia', '1 nvidia', '2 amd'],
  );
});
