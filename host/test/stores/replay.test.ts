import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { Reader, StateStore } from '../../src/stores/index.ts';
import {
  binder,
  completed,
  jobSpec,
  nodeSpec,
  openStore,
  runNode,
  runSpec,
  steppingClock,
  temporaryWorkspace,
} from './workspace.ts';

/** A workspace with jobs, a run, and values of each size in it. */
async function usedWorkspace(t: TestContext) {
  const paths = temporaryWorkspace(t);
  const store = await StateStore.open({ paths, clock: steppingClock(), binder, reserveBytes: 0 });
  const { runId } = await store.submitRun(runSpec([nodeSpec('a'), nodeSpec('b', ['a'])]));
  const artifact = { path: '/x', sha256: 'ab', size: 3, name: 'x' };
  await runNode(store, runId, 'a', { kind: 'completed', result: 1, artifacts: [artifact] });
  await runNode(store, runId, 'b', completed('y'.repeat(40_000)));
  const input = { text: 'z'.repeat(2_000_000) };
  await store.submitJobs([jobSpec({ input }), jobSpec()]);
  await store.setInstanceEnabled('speech', false, 'someone');
  await store.close();
  return paths;
}

async function withReader<T>(path: string, look: (reader: Reader) => T): Promise<Awaited<T>> {
  const reader = Reader.openState(path);
  try {
    return await look(reader);
  } finally {
    reader.close();
  }
}

test('playing the journal again gives the very tables there are, counted', async (t) => {
  const paths = await usedWorkspace(t);
  const report = await withReader(paths.stateDb, (reader) => reader.replayCheck());
  assert.deepEqual(report.problems, []);
  const { jobs, attempts, runs, run_nodes: nodes, artifacts, instances } = report.tables;
  assert.deepEqual([jobs, attempts, runs, nodes, artifacts, instances], [4, 2, 1, 2, 1, 1]);
});

test('a row of any table that the journal does not give is told, with table and key', async (t) => {
  const paths = await usedWorkspace(t);
  const copy = `${paths.stateDb}.copy`;
  for (const [sql, table] of [
    [`UPDATE jobs SET priority = 9`, 'jobs'],
    [`DELETE FROM attempts`, 'attempts'],
    [`UPDATE runs SET name = 'other'`, 'runs'],
    [`UPDATE run_nodes SET reused = 1`, 'run_nodes'],
    [`UPDATE artifacts SET size = 4`, 'artifacts'],
    [`UPDATE instances SET enabled = 1`, 'instances'],
    [
      `INSERT INTO instances (instance_id, enabled, changed_at) VALUES ('forged', 1, '')`,
      'instances',
    ],
    [`UPDATE instances SET config = '{}'`, 'instances'],
    [
      `INSERT INTO profiles (instance_id, config_hash, capability, calls, completed, usage, last_at)
        VALUES ('forged', 'h', 'forged', 1, 1, '{}', '')`,
      'profiles',
    ],
    [`UPDATE job_tallies SET completed = 100`, 'job_tallies'],
  ] as const) {
    copyFileSync(paths.stateDb, copy);
    const db = new DatabaseSync(copy);
    db.exec(sql);
    db.close();
    const { ok, problems } = await withReader(copy, (reader) => reader.replayCheck());
    assert.equal(ok, false, sql);
    assert.ok(
      problems.every((problem) => problem.table === table && problem.key !== undefined),
      sql,
    );
  }
});

test('the check runs beside a writer, and takes nothing that is on its way for wrong', async (t) => {
  const { store, paths } = await openStore(t);
  const over = new AbortController();
  const work = (async () => {
    for (let n = 0; !over.signal.aborted; n++) {
      const [job] = await store.submitJobs(Array.from({ length: 20 }, () => jobSpec()));
      await store.startAttempt(job?.jobId ?? '', 'call');
      await store.finishAttempt(job?.jobId ?? '', 1, completed({ n }));
    }
  })();
  for (let round = 0; round < 10; round++) {
    const report = await withReader(paths.stateDb, (reader) => reader.replayCheck());
    assert.deepEqual(report.problems, []);
  }
  over.abort();
  await work;
});

test('a new database is made from the journal alone, where the tables are damaged', async (t) => {
  const paths = await usedWorkspace(t);
  const damaged = join(paths.dir, 'damaged.db');
  const into = join(paths.dir, 'rebuilt.db');
  copyFileSync(paths.stateDb, damaged);
  const db = new DatabaseSync(damaged);
  db.exec('DELETE FROM jobs; DELETE FROM runs; UPDATE artifacts SET size = 4');
  db.close();
  const before = readFileSync(damaged);
  const report = await withReader(damaged, (reader) => reader.rebuild(into));
  assert.equal(report.stoppedAt, null);
  assert.deepEqual(readFileSync(damaged), before, 'the original is as it was');
  const told = (path: string) =>
    withReader(path, (reader) => [reader.jobs(), reader.runs(), reader.journal()]);
  assert.deepEqual(await told(into), await told(paths.stateDb));
  const verified = await withReader(into, (reader) => reader.verifyJournal());
  assert.deepEqual([verified.problems, verified.warnings], [[], []]);
  // In the place of the old one it is taken for what it is: the same history.
  copyFileSync(into, paths.stateDb);
  const store = await StateStore.open({ paths, clock: steppingClock(), binder, reserveBytes: 0 });
  t.after(() => store.close());
  assert.deepEqual(store.reader.warnings(), []);
});

test('a rebuilt database ends before the first row that is not what was written', async (t) => {
  const paths = await usedWorkspace(t);
  const db = new DatabaseSync(paths.stateDb);
  db.exec(`DROP TRIGGER journal_not_updated; UPDATE journal SET actor = 'forged' WHERE seq = 5`);
  db.close();
  const into = join(paths.dir, 'rebuilt.db');
  const report = await withReader(paths.stateDb, (reader) => reader.rebuild(into));
  assert.deepEqual(report.stoppedAt, { seq: 5, why: 'it was changed' });
  const { problems, rows } = await withReader(into, (reader) => reader.verifyJournal());
  assert.deepEqual([rows, problems], [4, []]);
});

test('nothing that is there is written over, and a rebuild that is given up leaves nothing', async (t) => {
  const paths = await usedWorkspace(t);
  const into = join(paths.dir, 'there.db');
  writeFileSync(into, 'my notes');
  await withReader(paths.stateDb, async (reader) => {
    await assert.rejects(reader.rebuild(into), {
      code: 'INPUT_INVALID',
      message: /is there already/,
    });
    await assert.rejects(reader.rebuild(paths.stateDb), { code: 'INPUT_INVALID' });
    const other = join(paths.dir, 'other.db');
    await assert.rejects(reader.rebuild(other, AbortSignal.abort()), { name: 'AbortError' });
    assert.deepEqual([existsSync(other), existsSync(`${other}.new`)], [false, false]);
  });
  assert.equal(readFileSync(into, 'utf8'), 'my notes');
});
