import assert from 'node:assert/strict';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fakeGpus } from '../../src/resources/gpus/fake.ts';
import { parseVmStat } from '../../src/resources/macos.ts';
import { appleGpus } from '../../src/resources/gpus/apple.ts';
import { temporaryFolder } from './gpus.ts';

const gib = 1024 ** 3;
const living = 4711;
const startedMs = Date.now() - 60_000;
const onlyOneLives = (pid: number): number | null => (pid === living ? startedMs : null);

function fake(t: TestContext, document: unknown): { file: string; folder: string } {
  const folder = temporaryFolder(t);
  const file = join(folder, 'gpus.json');
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
  mkdirSync(`${file}.d`);
  return { file, folder: `${file}.d` };
}

test('a file plays the devices: what is held by nobody in particular, and what living processes hold', (t) => {
  const { file } = fake(t, {
    devices: [
      { name: 'Fake 24 GB', total: '24GiB', used: '512MiB', busyPercent: 3 },
      { total: 8 * gib },
    ],
    processes: [
      { pid: living, gpu: 1, bytes: '2GiB', command: 'train.py' },
      { pid: 99, gpu: 0, bytes: '2GiB' },
    ],
  });
  const { gpus, problems } = fakeGpus(file, onlyOneLives);
  assert.deepEqual(problems, []);
  assert.equal(gpus[0]?.used, gib / 2, 'what a dead process held counts no more');
  assert.equal(gpus[1]?.used, 2 * gib);
  assert.deepEqual(gpus[1]?.processes, [{ pid: living, bytes: 2 * gib, command: 'train.py' }]);
});

test('each process tells its own use by a file of its own, while it lives', (t) => {
  const { file, folder } = fake(t, { devices: [{ total: '24GiB' }] });
  writeFileSync(join(folder, String(living)), '{"0": "8GiB"}');
  writeFileSync(join(folder, '99.json'), '{"0": "8GiB"}');
  writeFileSync(join(folder, '.4711.tmp'), '{"0": ');
  const { gpus, problems } = fakeGpus(file, onlyOneLives);
  assert.deepEqual(problems, []);
  assert.deepEqual(gpus[0]?.processes, [{ pid: living, bytes: 8 * gib, command: null }]);
});

test('a file that is older than the process with that number was written by another one', (t) => {
  const { file, folder } = fake(t, { devices: [{ total: '24GiB' }] });
  const left = join(folder, `${living}.json`);
  writeFileSync(left, '{"0": "8GiB"}');
  utimesSync(left, startedMs / 1000 - 60, startedMs / 1000 - 60);
  assert.deepEqual(fakeGpus(file, onlyOneLives).gpus[0]?.processes, []);
});

test('what is wrong in the file is told, and the rest counts', (t) => {
  const { file, folder } = fake(t, {
    devices: [{ total: 'a lot' }, { index: 5, total: '1GiB', used: -3 }],
    processes: [{ pid: 'x' }],
  });
  writeFileSync(join(folder, String(living)), '{"first": "8GiB"}');
  const { gpus, problems } = fakeGpus(file, onlyOneLives);
  assert.deepEqual(
    gpus.map(({ index, used }) => [index, used]),
    [[5, 0]],
  );
  assert.equal(problems.length, 4, problems.join('\n'));
  for (const document of ['', '[]', '{"devices": ']) {
    const bad = fake(t, document);
    const told = fakeGpus(bad.file, onlyOneLives);
    assert.deepEqual(told.gpus, []);
    assert.match(told.problems[0] ?? '', /gpus\.json: /);
  }
  assert.match(fakeGpus('/nowhere/gpus.json', onlyOneLives).problems[0] ?? '', /ENOENT.*docs/);
});

test('a Mac of Apple’s own has one GPU, and its memory is the machine’s', () => {
  const memory = { total: 32 * gib, available: 20 * gib };
  const mac = { platform: 'darwin', arch: 'arm64', model: 'Apple M2 Pro' } as const;
  const { gpus } = appleGpus(memory, mac);
  assert.deepEqual(
    gpus.map(({ total, used, isUnified, name }) => ({ total, used, isUnified, name })),
    [{ total: 32 * gib, used: 12 * gib, isUnified: true, name: 'Apple M2 Pro' }],
  );
  assert.deepEqual(appleGpus(memory, { ...mac, arch: 'x64' }).gpus, []);
  assert.deepEqual(appleGpus(memory, { ...mac, platform: 'linux' }).gpus, []);
});

test('what macOS can give back counts as available', () => {
  const said = [
    'Mach Virtual Memory Statistics: (page size of 16384 bytes)',
    'Pages free:                               10000.',
    'Pages active:                            500000.',
    'Pages inactive:                           20000.',
    'Pages speculative:                         3000.',
    'Pages purgeable:                            400.',
    '"Translation faults":                 123456789.',
  ].join('\n');
  assert.equal(parseVmStat(said), 33_400 * 16_384);
  assert.equal(parseVmStat('something else'), null);
});
