import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { applicationId, migrations } from '../../src/stores/file/migrations.ts';
import { completed, nodeStates, openStore, runNode, temporaryWorkspace } from './workspace.ts';

const written = readFileSync(join(import.meta.dirname, '../fixtures/stores/schema-1.sql'), 'utf8');

/** A workspace as the first release left it when it was killed. */
function workspaceOfFirstRelease(t: TestContext) {
  const paths = temporaryWorkspace(t);
  mkdirSync(dirname(paths.stateDb));
  const db = new DatabaseSync(paths.stateDb);
  db.exec(`PRAGMA application_id = ${applicationId}; ${migrations[0]}; PRAGMA user_version = 1`);
  db.exec(`BEGIN; ${written}; COMMIT`);
  db.close();
  return paths;
}

test('what the first release wrote is brought up to date, and still is what its journal says', async (t) => {
  const { reader } = await openStore(t, workspaceOfFirstRelease(t));
  assert.deepEqual((await reader.verifyJournal()).problems, []);
  const { byState, total } = reader.jobStats(Date.UTC(2026, 0, 1));
  assert.deepEqual(byState, {
    pending: 1,
    running: 3,
    completed: 2,
    failed: 1,
    cancelled: 1,
    needs_decision: 1,
  });
  assert.deepEqual(total, { completed: 2, failed: 1, cancelled: 1, retried: 0 });
});

test('a host of today goes on with what a host of then had accepted', async (t) => {
  const { store, reader } = await openStore(t, workspaceOfFirstRelease(t));
  const { interrupted, rerun, cancelled, needsDecision, runs } = await store.recover();
  assert.deepEqual([interrupted.length, rerun.length, cancelled.length], [3, 2, 1]);
  assert.equal(reader.job(cancelled[0] ?? '')?.state, 'cancelled');
  const [parked = ''] = needsDecision;
  assert.ok(JSON.stringify(reader.job(parked)?.input).includes('long long'));
  await store.decideJob(parked, 'rerun', 'ada');
  const [runId = ''] = runs;
  await runNode(store, runId, 'a', completed('ok'));
  await runNode(store, runId, 'b', completed('ok'));
  assert.deepEqual(nodeStates(store, runId), { a: 'completed', b: 'completed' });
  const [again] = await store.submitJobs([
    {
      capability: 'speech',
      action: 'transcribe',
      input: { language: 'en' },
      effects: 'idempotent',
      idempotencyKey: 'k',
    },
  ]);
  assert.equal(again?.state, 'completed', 'the same key is still the same job');
  assert.deepEqual((await reader.verifyJournal()).problems, []);
});

test('rows of then are found by their composition, of which they say nothing', async (t) => {
  const { reader } = await openStore(t, workspaceOfFirstRelease(t));
  const [run] = reader.runs({ oldestFirst: true });
  assert.ok(run);
  const found = reader.journal({ composition: run.runId });
  assert.deepEqual(found, reader.journal({ runId: run.runId }));
  assert.equal(found.length, 9);
  assert.equal(reader.journal({ composition: 'notes' }).length, 12, 'both runs, by their name');
});
