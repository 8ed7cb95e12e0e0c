import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { Reader, StateStore, type VerifyReport } from '../../src/stores/index.ts';
import {
  binder,
  completed,
  jobSpec,
  nodeSpec,
  runNode,
  runSpec,
  steppingClock,
  temporaryWorkspace,
} from './workspace.ts';

/** A sound file with jobs, a run, a large value and an artifact in it. */
async function soundFile(t: TestContext): Promise<string> {
  const paths = temporaryWorkspace(t);
  const store = await StateStore.open({ paths, clock: steppingClock(), binder, reserveBytes: 0 });
  const { runId } = await store.submitRun(runSpec([nodeSpec('a'), nodeSpec('b', ['a'])]));
  const artifact = { path: '/x', sha256: 'ab', size: 3, name: 'x' };
  await runNode(store, runId, 'a', { kind: 'completed', result: 1, artifacts: [artifact] });
  await runNode(store, runId, 'b', completed('y'.repeat(40_000)));
  await store.submitJobs([jobSpec({ input: { text: 'z'.repeat(40_000) } }), jobSpec()]);
  await store.close();
  return paths.stateDb;
}

const withoutTriggers = `
  DROP TRIGGER journal_not_updated; DROP TRIGGER journal_not_deleted; DROP TRIGGER journal_without_gaps;`;

async function afterChange(t: TestContext, sound: string, sql: string): Promise<VerifyReport> {
  const copy = join(temporaryWorkspace(t).root, 'copy.db');
  copyFileSync(sound, copy);
  const db = new DatabaseSync(copy);
  const schema = db
    .prepare(
      `SELECT sql FROM sqlite_schema WHERE name GLOB 'journal_not_*' OR name = 'journal_without_gaps'`,
    )
    .all();
  db.exec(withoutTriggers + sql);
  // Put back, so that only the change itself can give it away.
  for (const trigger of schema) db.exec(trigger['sql'] as string);
  db.close();
  const reader = Reader.openState(copy);
  const report = await reader.verifyJournal();
  reader.close();
  return report;
}

test('a sound journal verifies, and its head is told', async (t) => {
  const sound = await soundFile(t);
  const report = await afterChange(t, sound, '');
  assert.deepEqual(report.problems, []);
  assert.equal(report.rows, report.head.seq);
  assert.match(report.head.hash, /^[0-9a-f]{64}$/);
});

test('every column of a row is under its hash, and the row is named', async (t) => {
  const sound = await soundFile(t);
  const columns = new DatabaseSync(sound).prepare('PRAGMA table_info(journal)').all();
  for (const { name, type } of columns as { name: string; type: string }[]) {
    if (name === 'seq') continue;
    const forged =
      name === 'payload' ? `'{}'` : type === 'INTEGER' ? '1 - worker_reported' : `'forged'`;
    const { problems } = await afterChange(
      t,
      sound,
      `UPDATE journal SET ${name} = ${forged} WHERE seq = 3`,
    );
    assert.ok(
      problems.some(({ kind, seq }) => kind === 'chain' && seq === 3),
      `a forged ${name} is noticed`,
    );
  }
});

test('missing rows are noticed at the start, in the middle and at the end', async (t) => {
  const sound = await soundFile(t);
  for (const where of ['seq = 1', 'seq = 4', 'seq = (SELECT max(seq) FROM journal)', 'true']) {
    const { problems } = await afterChange(t, sound, `DELETE FROM journal WHERE ${where}`);
    assert.ok(
      problems.some(({ kind }) => kind === 'chain' || kind === 'head'),
      `DELETE WHERE ${where}`,
    );
  }
});

test('a table that says something else than the journal is noticed, row by row', async (t) => {
  const sound = await soundFile(t);
  const changes: [sql: string, table: string][] = [
    [`UPDATE jobs SET state = 'failed' WHERE node_id = 'a'`, 'jobs'],
    [`UPDATE jobs SET result = '2' WHERE node_id = 'a'`, 'jobs'],
    ['DELETE FROM jobs WHERE node_id IS NULL', 'jobs'],
    [`UPDATE attempts SET call_id = 'other'`, 'attempts'],
    [`UPDATE runs SET outputs = '{"x":1}'`, 'runs'],
    [`UPDATE run_nodes SET state = 'skipped' WHERE node_id = 'b'`, 'run_nodes'],
    [`UPDATE artifacts SET sha256 = 'cd'`, 'artifacts'],
  ];
  for (const [sql, table] of changes) {
    const { problems } = await afterChange(t, sound, sql);
    // Of jobs others are counted along.
    const told = new Set(problems.map((found) => found.table));
    assert.ok(told.delete(table), sql);
    assert.deepEqual([...told], table === 'jobs' && told.size > 0 ? ['job_tallies'] : [], sql);
  }
});

test('a changed or missing large value is noticed', async (t) => {
  const sound = await soundFile(t);
  const changed = await afterChange(t, sound, `UPDATE payloads SET body = '"other"'`);
  assert.ok(changed.problems.some(({ kind }) => kind === 'payload'));
  const missing = await afterChange(t, sound, 'DELETE FROM payloads');
  assert.ok(
    missing.problems.some(({ kind, message }) => kind === 'payload' && /missing/.test(message)),
  );
});

test('a journal whose guards were taken off is noticed', async (t) => {
  const sound = await soundFile(t);
  const db = new DatabaseSync(sound);
  assert.throws(() => db.exec('DELETE FROM journal'), /append-only/);
  assert.throws(() => db.exec(`UPDATE journal SET actor = 'x'`), /append-only/);
  db.exec('DROP TRIGGER journal_not_deleted');
  db.close();
  const reader = Reader.openState(sound);
  const { problems } = await reader.verifyJournal();
  reader.close();
  assert.deepEqual(
    problems.map(({ message }) => message),
    ['trigger journal_not_deleted is missing in the schema'],
  );
});
