import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { defaults } from '../../src/defaults.ts';
import { Diagnostics, DiagnosticsReader } from '../../src/stores/index.ts';
import { steppingClock, temporaryWorkspace } from './workspace.ts';

function openDiagnostics(t: TestContext, mostBytes?: number) {
  const paths = temporaryWorkspace(t);
  const diagnostics = new Diagnostics(paths.diagnosticsDb, steppingClock(), mostBytes);
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
  const { diagnostics, reader, paths } = openDiagnostics(t, most);
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
