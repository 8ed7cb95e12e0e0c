import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { applicationId, migrations } from '../../src/stores/file/migrations.ts';
import { completed, openStore, temporaryWorkspace } from './workspace.ts';

const written = readFileSync(join(import.meta.dirname, '../fixtures/stores/schema-2.sql'), 'utf8');

/** A workspace as Capstan left it, killed, when every capability had one instance. */
function workspaceOfSchema2(t: TestContext) {
  const paths = temporaryWorkspace(t);
  mkdirSync(dirname(paths.stateDb));
  const db = new DatabaseSync(paths.stateDb);
  db.exec(`PRAGMA application_id = ${applicationId}; ${migrations[0]}; ${migrations[1]};
    PRAGMA user_version = 2; BEGIN; ${written}; COMMIT`);
  db.close();
  return paths;
}

test('what was written before there were instances is brought up to date, and is what its journal says', async (t) => {
  const { reader } = await openStore(t, workspaceOfSchema2(t));
  assert.deepEqual((await reader.verifyJournal()).problems, []);
  assert.deepEqual((await reader.replayCheck()).problems, []);
  const { byState, byInstance, byCapability } = reader.jobStats(Date.UTC(2026, 0, 1));
  assert.deepEqual(
    [byState.pending, byState.running, byState.completed, byState.failed],
    [4, 2, 1, 1],
  );
  assert.deepEqual(Object.keys(byInstance), ['other', 'speech', 'tool']);
  assert.deepEqual(Object.keys(byCapability), ['other', 'speech', 'tool']);
});

test('what was disabled before there were named instances still is, under the name of its capability', async (t) => {
  const { reader, store } = await openStore(t, workspaceOfSchema2(t));
  assert.deepEqual(reader.disabledInstances(), ['speech']);
  const { instanceId, capability, enabled, config } = reader.instances()[1] ?? {};
  assert.deepEqual([instanceId, capability, enabled, config], ['speech', 'speech', false, null]);
  await store.setInstanceEnabled('speech', true, 'ada');
  assert.deepEqual(reader.disabledInstances(), []);
  assert.deepEqual((await reader.replayCheck()).problems, []);
});

test('jobs of then go on as those of the default instance, counted with those of now', async (t) => {
  const { store, reader } = await openStore(t, workspaceOfSchema2(t));
  const { interrupted, cancelled, needsDecision, runs } = await store.recover();
  assert.deepEqual([interrupted.length, cancelled.length, needsDecision.length], [2, 1, 1]);
  assert.equal(runs.length, 2);
  await store.setInstanceEnabled('speech', true, 'ada');
  const again = { capability: 'speech', action: 'transcribe', input: { language: 'en' } };
  const [same] = await store.submitJobs([{ ...again, effects: 'idempotent', idempotencyKey: 'k' }]);
  assert.equal(same?.instance, null);
  assert.equal(same?.priority, 4, 'the same key is still the same job');
  const [named] = await store.submitJobs([
    { ...again, effects: 'idempotent', instance: 'speech-large' },
  ]);
  await store.startAttempt(named?.jobId ?? '', 'call');
  await store.finishAttempt(named?.jobId ?? '', 1, completed('ok'));
  const { byInstance, byCapability } = reader.jobStats(Date.UTC(2026, 0, 1));
  assert.equal(byInstance['speech-large']?.completed, 1);
  assert.equal(byInstance['speech-large']?.capability, 'speech');
  assert.equal(byCapability['speech']?.pending, byInstance['speech']?.pending);
  assert.deepEqual((await reader.verifyJournal()).problems, []);
});
