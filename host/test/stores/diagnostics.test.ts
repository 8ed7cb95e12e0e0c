import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { defaults } from '../../src/defaults.ts';
import {
  Diagnostics,
  DiagnosticsReader,
  pruneDiagnostics,
  type Retention,
} from '../../src/stores/index.ts';
import { steppingClock, temporaryWorkspace } from './workspace.ts';

function openDiagnostics(t: TestContext, retention: Retention = {}) {
  const paths = temporaryWorkspace(t);
  const diagnostics = new Diagnostics(paths.diagnosticsDb, steppingClock(), retention);
  const reader = new DiagnosticsReader(paths.diagnosticsDb);
  t.after(async () => {
    reader.close();
    await diagnostics.close();
  });
  return { diagnostics, reader, paths };
}

test('lines are found by job, run, capability, session and level, oldest first', async (t) => {
  const { diagnostics, reader } = openDiagnostics(t);
  const about = { capability: 'speech', session: 'wrk_1', jobId: 'job_1', runId: 'run_1' };
  diagnostics.add({ source: 'record', level: 'info', message: 'one', ...about });
  diagnostics.add({
    source: 'record',
    level: 'error',
    message: 'two',
    exceptionText: 'T',
    ...about,
  });
  diagnostics.add({ source: 'stderr', message: 'three', capability: 'speech', session: 'wrk_1' });
  diagnostics.add({ source: 'stdout', message: 'four', capability: 'other', session: 'wrk_2' });
  await diagnostics.flush();
  const found = (filter: Parameters<typeof reader.lines>[0]) =>
    reader.lines(filter).map(({ message }) => message);
  assert.deepEqual(found({}), ['one', 'two', 'three', 'four']);
  assert.deepEqual(found({ jobId: 'job_1' }), ['one', 'two']);
  assert.deepEqual(found({ runId: 'run_1', level: 'warning' }), ['two']);
  assert.deepEqual(found({ session: 'wrk_2' }), ['four']);
  assert.deepEqual(found({ capability: 'speech', limit: 1 }), ['three'], 'the newest');
  const [first] = reader.lines({ limit: 4 });
  assert.deepEqual(found({ afterSeq: first?.seq ?? 0, limit: 2 }), ['two', 'three']);
});

test('the oldest lines make room for new ones', async (t) => {
  const most = 512 * 1024;
  const { diagnostics, reader, paths } = openDiagnostics(t, { mostBytes: most });
  for (let batch = 0; batch < 60; batch++) {
    for (let n = 0; n < 50; n++) {
      diagnostics.add({ source: 'stdout', message: `${batch}/${n} ${'x'.repeat(1_000)}` });
    }
    await diagnostics.flush();
  }
  const lines = reader.lines({ limit: 10_000 });
  assert.match(lines.at(-1)?.message ?? '', /^59\/49 /);
  assert.ok(lines.length < 3_000 && (lines[0]?.seq ?? 0) > 1, 'the oldest are gone');
  assert.ok(statSync(paths.diagnosticsDb).size < most * 5);
  assert.equal(diagnostics.dropped, 0);
});

test('a flood is cut, and a line says how much is missing', async (t) => {
  const { diagnostics, reader } = openDiagnostics(t);
  const most = defaults.diagnosticsWaitingMost;
  for (let n = 0; n < most + 500; n++) diagnostics.add({ source: 'stdout', message: 'y' });
  assert.equal(diagnostics.dropped, 500);
  await diagnostics.flush();
  const told = reader.lines({ level: 'warning' });
  assert.deepEqual(
    told.map(({ message }) => message),
    ['500 lines of diagnostics were dropped here'],
  );
});

test('a damaged file is put aside and a new one begun', async (t) => {
  const { diagnostics, reader, paths } = openDiagnostics(t);
  mkdirSync(paths.dir);
  writeFileSync(
    paths.diagnosticsDb,
    'not a database at all, but long enough to look at'.repeat(100),
  );
  assert.deepEqual(reader.lines(), []);
  diagnostics.add({ source: 'stdout', message: 'fresh' });
  await diagnostics.flush();
  assert.deepEqual(
    reader.lines().map(({ message }) => message),
    ['fresh'],
  );
  assert.ok(existsSync(`${paths.diagnosticsDb}.damaged`));
});

test('a place that cannot be written loses lines, counts them, and fails nobody', async (t) => {
  const { diagnostics, paths } = openDiagnostics(t);
  // The folder that should hold the file is a file itself.
  writeFileSync(paths.dir, '');
  diagnostics.add({ source: 'stdout', message: 'lost' });
  await diagnostics.flush();
  assert.equal(diagnostics.dropped, 1);
});

const day = 24 * 3_600_000;
const newYear = Date.UTC(2026, 0, 1);

test('records are found by their call, exactly, however many run on one session', async (t) => {
  const { diagnostics, reader } = openDiagnostics(t);
  const about = { source: 'record', session: 'wrk_1', jobId: 'job_1' } as const;
  diagnostics.add({ ...about, message: 'first attempt', callId: 'call_1' });
  diagnostics.add({ ...about, message: 'second attempt', callId: 'call_2' });
  diagnostics.add({ source: 'stdout', message: 'whose?', session: 'wrk_1' });
  await diagnostics.flush();
  assert.deepEqual(
    reader.lines({ callId: 'call_2' }).map(({ message }) => message),
    ['second attempt'],
  );
});

test('what is too old goes at the start of a host, in the background', async (t) => {
  const { diagnostics, reader } = openDiagnostics(t, { olderThanMs: day });
  const ts = new Date(newYear - 2 * day).toISOString();
  for (let n = 0; n < 1_200; n++) diagnostics.add({ ts, source: 'stdout', message: `old ${n}` });
  diagnostics.add({ source: 'stdout', message: 'new' });
  await diagnostics.flush();
  const messages = (): string[] => reader.lines({ limit: 5_000 }).map(({ message }) => message);
  while (messages().length > 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(messages(), ['new']);
});

test('pruning by age or by size, beside the host, says what went, and the file shrinks', async (t) => {
  const { diagnostics, reader, paths } = openDiagnostics(t);
  const fill = (at: number, text: string): void => {
    const ts = new Date(at).toISOString();
    for (let n = 0; n < 3_000; n++) {
      diagnostics.add({ ts, source: 'stdout', message: text.repeat(800), session: 'wrk_1' });
    }
  };
  fill(newYear - 10 * day, 'a');
  fill(newYear - 5 * day, 'b');
  fill(newYear, 'c');
  await diagnostics.flush();
  const size = (): number => statSync(paths.diagnosticsDb).size;
  const byAge = await pruneDiagnostics(paths.diagnosticsDb, newYear, { olderThanMs: 7 * day });
  assert.equal(byAge.lines, 3_000);
  const afterAge = size();
  assert.ok(byAge.bytes > 2_000_000, `${byAge.bytes}`);
  assert.ok(byAge.bytesLeft >= afterAge, 'with what the host may have written since');
  const mostBytes = 1024 * 1024;
  const bySize = await pruneDiagnostics(paths.diagnosticsDb, newYear, { mostBytes });
  assert.ok(bySize.lines > 3_000 && bySize.lines < 6_000);
  assert.ok(size() <= mostBytes && size() < afterAge);
  assert.ok(reader.lines({ limit: 9_000 }).every(({ message }) => message.startsWith('c')));
  diagnostics.add({ source: 'stdout', message: 'and on' });
  await diagnostics.flush();
  assert.equal(reader.lines({ limit: 1 })[0]?.message, 'and on');
});

test('a workspace without diagnostics has none to prune', async (t) => {
  const { paths } = openDiagnostics(t);
  const report = await pruneDiagnostics(paths.diagnosticsDb, newYear);
  assert.deepEqual(report, { lines: 0, bytes: 0, bytesLeft: 0 });
  assert.equal(existsSync(paths.diagnosticsDb), false);
});

test('what was dropped is counted on disk, by session and reason', async (t) => {
  const { diagnostics, reader } = openDiagnostics(t);
  const most = defaults.diagnosticsWaitingMost;
  for (let n = 0; n < most + 30; n++) {
    diagnostics.add({ source: 'stdout', message: 'xyz', session: n % 2 === 0 ? 'wrk_1' : 'wrk_2' });
  }
  diagnostics.add({ source: 'stdout', message: '…', session: 'wrk_2', droppedBytes: 5_000 });
  await diagnostics.flush();
  const counts = reader.dropped().map(({ since: _, until: __, ...counted }) => counted);
  assert.deepEqual(
    counts.toSorted((a, b) => (a.session + a.reason).localeCompare(b.session + b.reason)),
    [
      { session: 'wrk_1', reason: 'backlog', lines: 15, bytes: 45 },
      { session: 'wrk_2', reason: 'backlog', lines: 16, bytes: 48 },
      { session: 'wrk_2', reason: 'output', lines: 0, bytes: 5_000 },
    ],
  );
  assert.equal(reader.dropped('wrk_1').length, 1);
});

test('what a disk did not take is counted as soon as it does', async (t) => {
  const { diagnostics, reader, paths } = openDiagnostics(t);
  writeFileSync(paths.dir, '');
  diagnostics.add({ source: 'stdout', message: 'lost', session: 'wrk_1' });
  await diagnostics.flush();
  rmSync(paths.dir);
  diagnostics.add({ source: 'stdout', message: 'kept', session: 'wrk_1' });
  await diagnostics.flush();
  const [{ session, reason, lines } = {}] = reader.dropped();
  assert.deepEqual([session, reason, lines], ['wrk_1', 'disk', 1]);
});
