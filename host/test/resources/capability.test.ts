import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BuiltInSource } from '../../src/resources/built-in.ts';
import { snapshotFrom } from '../../src/resources/capability-answers.ts';
import { type AskMonitor, CapabilitySource } from '../../src/resources/capability.ts';
import { Monitor } from '../../src/resources/index.ts';
import { conformance } from './sources.ts';

const mib = 1024 * 1024;
const builtIn = (): BuiltInSource => new BuiltInSource({ env: {}, disks: ['/'], gpus: false });
const basis = await builtIn().basis();
const quick = { answerMs: 100, pauseMs: 60_000 };

const status = {
  cpu_percent: 12.4,
  memory_used_mb: 4000,
  memory_total_mb: 16_000,
  memory_available_mb: 11_000.5,
  gpu_type: 'NVIDIA',
  gpu_free_memory_mb: 20_000,
  gpu_total_memory_mb: 24_000,
  gpu_used_memory_mb: 4000,
  gpu_load_percent: 55,
};
const processes = [
  { pid: 4711, gpu_index: 0, gpu_memory_mb: 3000, command: 'python3 serve.py' },
  { pid: 12, gpu_index: 0, gpu_memory_mb: 0, command: 'systemd' },
];
const answers =
  (said: unknown, held: unknown): AskMonitor =>
  async (method) =>
    method === 'get_system_status' ? said : held;

function read(said: unknown, held: unknown = null) {
  const reading = snapshotFrom('watch', { status: said, processes: held }, basis);
  assert.ok(reading.kind === 'read', JSON.stringify(reading));
  return reading.snapshot;
}

conformance('built-in', builtIn);
conformance(
  'a capability',
  () => new CapabilitySource('watch', answers(status, processes), builtIn()),
);
conformance(
  'a capability that fails',
  () => new CapabilitySource('watch', () => Promise.reject(new Error('no such file')), builtIn()),
);

test('the fields of the reference become bytes and percent', () => {
  const snapshot = read(status, processes);
  assert.deepEqual(snapshot.memory, { total: 16_000 * mib, available: 11_000.5 * mib });
  assert.equal(snapshot.cpu.busyPercent, 12);
  assert.deepEqual(snapshot.disks, basis.disks, 'disks are ours');
  assert.deepEqual(snapshot.gpus, [
    {
      index: 0,
      name: 'NVIDIA',
      vendor: 'nvidia',
      total: 24_000 * mib,
      used: 4000 * mib,
      busyPercent: 55,
      isUnified: false,
      processes: [{ pid: 4711, bytes: 3000 * mib, command: 'python3 serve.py' }],
    },
  ]);
  assert.deepEqual(snapshot.problems, []);
});

test('objects of the reference’s registered classes are unwrapped', () => {
  const snapshot = read(
    { __wire__: 'monitoring.system_stats', data: status },
    processes.map((data) => ({ __wire__: 'monitoring.process_stats', data })),
  );
  assert.equal(snapshot.gpus[0]?.processes?.length, 1);
  assert.equal(snapshot.memory.total, 16_000 * mib);
});

test('a monitor that knows its devices one by one tells them so', () => {
  const gpus = [
    { index: 0, name: 'RTX 3090', total_memory_mb: 24_000, used_memory_mb: 100, load_percent: 1 },
    { index: 1, total_memory_mb: 12_000, free_memory_mb: 9000 },
    { index: 2, total_memory_mb: 12_000 },
  ];
  const snapshot = read({ ...status, gpus }, [{ pid: 4711, gpu_index: 1, gpu_memory_mb: 3000 }]);
  assert.deepEqual(
    snapshot.gpus.map(({ index, used, processes: held }) => [index, used / mib, held?.length]),
    [
      [0, 100, 0],
      [1, 3000, 1],
    ],
  );
  assert.match(snapshot.problems.join(), /gpus\[2\] needs/);
});

test('several devices told as one are one, and that is said', () => {
  const snapshot = read(status, [...processes, { pid: 5, gpu_index: 1, gpu_memory_mb: 10 }]);
  assert.equal(snapshot.gpus.length, 1);
  assert.equal(snapshot.gpus[0]?.processes?.length, 2);
  assert.match(snapshot.problems.join(), /several devices are told as one/);
});

test('a monitor that lists nobody while memory is in use cannot tell who holds it', () => {
  const hollow = [{ pid: 4711, gpu_index: 0, gpu_memory_mb: 0, command: 'it told nothing' }];
  for (const nobody of [[], hollow]) {
    assert.equal(read(status, nobody).gpus[0]?.processes, null);
    const unused = { ...status, gpu_used_memory_mb: 0 };
    assert.deepEqual(read(unused, nobody).gpus[0]?.processes, []);
  }
});

test('without a GPU there is none, and no word about it', () => {
  for (const none of [0, null, undefined]) {
    const snapshot = read({ ...status, gpu_type: 'None', gpu_total_memory_mb: none }, []);
    assert.deepEqual(snapshot.gpus, []);
    assert.deepEqual(snapshot.problems, []);
  }
});

test('what a monitor gets wrong is measured by us, and told', () => {
  for (const wrong of [
    { memory_total_mb: 'much' },
    { memory_total_mb: Number.NaN },
    { memory_total_mb: -1 },
    { memory_available_mb: 99_999 },
    { memory_total_mb: null, memory_available_mb: null },
  ]) {
    const snapshot = read({ ...status, ...wrong }, processes);
    assert.deepEqual(snapshot.memory, basis.memory, JSON.stringify(wrong));
    assert.match(snapshot.problems.join(), /monitor "watch": memory_total_mb/);
  }
  assert.match(read(status, 'none').problems.join(), /list_processes answered "none", not a list/);
  for (const nothing of [null, 7, [], 'fine']) {
    const reading = snapshotFrom('watch', { status: nothing, processes: null }, basis);
    assert.equal(reading.kind, 'unread', JSON.stringify(nothing));
  }
});

test('a monitor that declines to list processes leaves it open who holds what', async () => {
  const ask: AskMonitor = (method) =>
    method === 'get_system_status'
      ? Promise.resolve(status)
      : Promise.reject(new Error('NOT_SUPPORTED'));
  const snapshot = await new CapabilitySource('watch', ask, builtIn()).snapshot();
  assert.equal(snapshot.gpus[0]?.processes, null);
});

test('one that fails is left alone for a while, and the built-in monitor measures', async () => {
  let asked = 0;
  const ask: AskMonitor = () => {
    asked += 1;
    return Promise.reject(new Error('its worker died'));
  };
  const source = new CapabilitySource('watch', ask, builtIn(), quick);
  for (const _ of [1, 2, 3]) {
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    const { problems, memory } = await source.snapshot();
    assert.equal(memory.total, basis.memory.total);
    assert.match(
      problems[0] ?? '',
      /^monitor "watch": its worker died; the built-in monitor measures in its place$/,
    );
  }
  assert.equal(asked, 2, 'both questions once');
});

test('one that is slow holds up a look for its limit only; its answer serves a later look', async () => {
  let answer: (said: unknown) => void = () => {};
  const slow: AskMonitor = (method) =>
    method === 'list_processes'
      ? Promise.resolve([])
      : new Promise((resolve) => {
          answer = resolve;
        });
  const source = new CapabilitySource('watch', slow, builtIn(), quick);
  const beganMs = performance.now();
  const first = await source.snapshot();
  assert.ok(performance.now() - beganMs < 2_000);
  assert.match(first.problems[0] ?? '', /no answer within 0.1 s/);
  const second = source.snapshot();
  answer(status);
  assert.equal((await second).memory.total, 16_000 * mib);
});

test('which capability measures is looked up at each look, and none is asked after the end', async () => {
  let name: string | null = null;
  const asked: string[] = [];
  const monitor = new Monitor({
    env: {},
    gpus: false,
    capability: {
      name: () => name,
      ask: (whom, method) => {
        asked.push(`${whom} ${method}`);
        return answers(status, processes)(method);
      },
    },
  });
  assert.equal((await monitor.snapshot(0)).memory.total, basis.memory.total);
  name = 'watch';
  assert.equal(monitor.sourceName, 'watch');
  assert.equal((await monitor.snapshot(0)).memory.total, 16_000 * mib);
  assert.deepEqual(asked, ['watch get_system_status', 'watch list_processes']);
  monitor.close();
  assert.equal((await monitor.snapshot(0)).memory.total, basis.memory.total);
});
