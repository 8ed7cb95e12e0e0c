import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameOf } from '../../src/cli/commands/top/frame.ts';
import type { JobNow, Snapshot } from '../../src/cli/commands/top/snapshot.ts';
import { plain } from '../../src/cli/terminal/plain.ts';
import { styleFor } from '../../src/cli/terminal/style.ts';
import { widthOf } from '../../src/cli/terminal/width.ts';

const gib = 2 ** 30;
const at = '2026-01-31T12:00:00.000Z';

const jobNow = (n: number, over: Partial<JobNow> = {}): JobNow => ({
  id: `job_${n}`,
  call: 'speech.transcribe',
  instance: 'speech',
  run: null,
  node: null,
  priority: 0,
  submittedAt: '2026-01-31T11:59:30.000Z',
  startedAt: null,
  waitReason: 'waiting for 8 GiB of memory of GPU 0: 3 GiB are free, `embedder` holds 20 GiB',
  ...over,
});

const counts = {
  pending: 0,
  running: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  needs_decision: 0,
};

function snapshot(over: Partial<Snapshot> = {}): Snapshot {
  return {
    at,
    workspace: '/srv/notes',
    host: { pid: 4711 },
    jobs: { counts, running: [], waiting: [], undecided: [] },
    devices: [
      {
        resource: 'ram',
        name: null,
        total: 16 * gib,
        ours: 4 * gib,
        others: 4 * gib,
        granted: 0,
        free: 8 * gib,
        busyPercent: null,
      },
      {
        resource: 'gpu:0/vram',
        name: 'A card',
        total: 24 * gib,
        ours: null,
        others: null,
        granted: 0,
        free: 0,
        busyPercent: 97,
      },
    ],
    residents: [],
    leases: [],
    waiters: [],
    unread: [],
    problems: [],
    ...over,
  };
}

const canvas = (columns: number) => ({ columns, style: styleFor(false), unicode: false });

test('what runs, what waits and why, who is up and who holds what is told in words', () => {
  const shown = snapshot({
    jobs: {
      counts: { ...counts, running: 1, pending: 2, needs_decision: 1 },
      running: [jobNow(1, { startedAt: '2026-01-31T11:59:50.000Z', run: 'run_1', node: 'text' })],
      waiting: [jobNow(2, { priority: 5 }), jobNow(3, { waitReason: null })],
      undecided: [jobNow(4, { call: 'mail.send' })],
    },
    residents: [
      {
        instance: 'speech',
        capability: 'speech',
        pid: 12,
        session: 'wrk_1',
        isStarting: false,
        callsInFlight: 1,
        idleForMs: null,
        rssBytes: gib,
        cpuPercent: 150,
        vramBytes: { 0: 3 * gib, 1: 0 },
      },
      {
        instance: 'embedder',
        capability: 'embedder',
        pid: 13,
        session: 'wrk_2',
        isStarting: false,
        callsInFlight: 0,
        idleForMs: 72_000,
        rssBytes: null,
        cpuPercent: null,
        vramBytes: null,
      },
    ],
    leases: [
      {
        ledger: 'workspace',
        id: 'lse_1',
        holder: 'anna',
        pid: null,
        claims: [],
        holds: ['src/**'],
        purpose: 'rewrites the parser',
        runId: null,
        since: '2026-01-31T11:55:00.000Z',
        leftMs: 1_500_000,
        ended: null,
        halt: null,
      },
    ],
    waiters: [
      {
        ledger: 'workspace',
        ticket: 1,
        holder: 'bob',
        pid: 99,
        wants: ['lane "backend"', 'lane "docs"'],
        purpose: null,
        waitedMs: 5_000,
      },
    ],
    problems: ['nvidia-smi took too long'],
  });
  assert.deepEqual(frameOf(shown, canvas(130), Infinity), [
    '12:00:00Z · 1 running, 2 waiting, 1 to be decided · host 4711 · /srv/notes',
    '',
    'ram         ########========................  ours 4 GiB, others 4 GiB, free 8 GiB of 16 GiB',
    'gpu:0/vram  ================================  used 24 GiB, free nothing of 24 GiB, 97% busy',
    '',
    'RUNNING            FOR    JOB    RUN',
    'speech.transcribe  10.0s  job_1  text of run_1',
    '',
    'WAITING            SINCE    PRIORITY  JOB    WHY',
    'speech.transcribe  30s ago  5         job_2  waiting for 8 GiB of memory of GPU 0: 3 GiB are free, `embedder` holds 20 GiB',
    'speech.transcribe  30s ago  0         job_3  it is about to begin',
    '',
    'TO BE DECIDED  TYPE',
    'mail.send      capstan decide job_4 rerun, or fail',
    '',
    'INSTANCE  DOES             CPU   RAM    GPU             PROCESS',
    'speech    1 call           150%  1 GiB  3 GiB of gpu:0  12',
    'embedder  idle for 1m 12s  -     -      -               13',
    '',
    'HOLDER  HOLDS   SINCE   ENDS        OF         FOR',
    'anna    src/**  5m ago  in 25m 00s  workspace  rewrites the parser',
    '',
    'IN LINE  SINCE  WANTS                           FOR',
    'bob      5.0s   lane "backend", or lane "docs"  -',
    '',
    'note: nvidia-smi took too long',
  ]);
});

test('what was cut off by the end of a host is not told as running', () => {
  const jobs = {
    counts: { ...counts, running: 1 },
    running: [jobNow(1)],
    waiting: [],
    undecided: [],
  };
  const lines = frameOf(snapshot({ host: null, jobs }), canvas(100), Infinity);
  assert.match(lines.join('\n'), /no host is up/);
  assert.match(lines.join('\n'), /cut off, goes on with the next host/);
});

test('where nothing happens, that is said', () => {
  assert.match(frameOf(snapshot(), canvas(80), 24).join('\n'), /No job runs or waits/);
});

test('a long line of jobs is cut to the room there is, with how many more there are', () => {
  const waiting = Array.from({ length: 300 }, (_, n) => jobNow(n));
  const jobs = { counts: { ...counts, pending: 5_000 }, running: [], waiting, undecided: [] };
  const lines = frameOf(snapshot({ jobs }), canvas(80), 20, 'q leaves');
  assert.equal(lines.length, 20);
  assert.equal(lines.at(-1), 'q leaves');
  const shown = lines.filter((line) => line.startsWith('speech.transcribe')).length;
  assert.ok(lines.includes(`… and ${5_000 - shown} more`));
});

test('nothing of a tool or a holder moves the cursor', () => {
  const evil = '\u001b[2Jhello\nworld\u202e';
  const [lease] = [{ ...held, holder: evil, holds: [evil], purpose: evil }];
  const running = [jobNow(1, { call: evil, run: evil })];
  const jobs = { counts, running, waiting: [jobNow(2, { waitReason: evil })], undecided: [] };
  const lines = frameOf(snapshot({ jobs, leases: [lease], problems: [evil] }), canvas(100), 40);
  for (const line of lines) assert.equal(line, plain(line));
  assert.ok(!lines.some((line) => line.includes('\n')));
});

const held = {
  ledger: 'machine',
  id: 'lse_1',
  holder: 'anna',
  pid: 7,
  claims: [],
  holds: ['8 GiB of gpu:0/vram'],
  purpose: null,
  runId: null,
  since: at,
  leftMs: null,
  ended: null,
  halt: null,
} as const satisfies Snapshot['leases'][number];

test('whatever there is to show, it fits the terminal', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 50 });
  const some = fc.nat(30);
  fc.assert(
    fc.property(
      fc.record({ running: some, waiting: some, leases: some, text, problems: fc.nat(2) }),
      fc.integer({ min: 20, max: 140 }),
      fc.integer({ min: 3, max: 50 }),
      (given, columns, rows) => {
        const { running, waiting, leases, problems } = given;
        const times = <T>(count: number, make: (n: number) => T): T[] =>
          Array.from({ length: count }, (_, n) => make(n));
        const shown = snapshot({
          jobs: {
            counts: { ...counts, running: running + 3, pending: waiting },
            running: times(running, (n) => jobNow(n, { call: given.text, startedAt: at })),
            waiting: times(waiting, (n) => jobNow(n, { waitReason: given.text })),
            undecided: [],
          },
          leases: times(leases, () => ({ ...held, holder: given.text })),
          problems: times(problems, () => given.text),
        });
        const lines = frameOf(shown, canvas(columns), rows, 'q leaves');
        assert.ok(lines.length <= rows, `${lines.length} of ${rows} rows`);
        for (const line of lines) {
          assert.ok(widthOf(line) <= columns, `${widthOf(line)} of ${columns}: ${line}`);
        }
      },
    ),
  );
});
