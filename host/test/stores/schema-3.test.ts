import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { applicationId, migrations } from '../../src/stores/file/migrations.ts';
import { completed, openStore, temporaryWorkspace } from './workspace.ts';

const written = readFileSync(join(import.meta.dirname, '../fixtures/stores/schema-3.sql'), 'utf8');

/** A workspace as Capstan left it, killed, when profiles knew calls and usage alone. */
function workspaceOfSchema3(t: TestContext) {
  const paths = temporaryWorkspace(t);
  mkdirSync(dirname(paths.stateDb));
  const db = new DatabaseSync(paths.stateDb);
  db.exec(`PRAGMA application_id = ${applicationId}; ${migrations.slice(0, 3).join(';')};
    PRAGMA user_version = 3; BEGIN; ${written}; COMMIT`);
  db.close();
  return paths;
}

test('what was written before calls were measured is brought up to date, and is what its journal says', async (t) => {
  const { reader } = await openStore(t, workspaceOfSchema3(t));
  assert.deepEqual((await reader.verifyJournal()).problems, []);
  assert.deepEqual((await reader.replayCheck()).problems, []);
  const { byState } = reader.jobStats(Date.UTC(2026, 0, 1));
  assert.deepEqual([byState.pending, byState.completed, byState.failed], [3, 3, 1]);
});

test('profiles of then keep their calls and usage, and say that nobody looked', async (t) => {
  const { reader } = await openStore(t, workspaceOfSchema3(t));
  assert.equal(reader.profiles().length, 2);
  const profile = reader.profile('speech', 'h1');
  assert.ok(profile);
  const { calls, completed: done, usage, ...measured } = profile;
  assert.deepEqual([calls, done, usage], [4, 2, { tokens: 125, seconds: 0.5 }]);
  assert.deepEqual(
    [measured.meanDurationMs, measured.measured, measured.peakRssBytes, measured.peakVramBytes],
    [null, 0, null, null],
  );
  assert.equal(reader.job(reader.jobs({ state: 'completed' })[0]?.jobId ?? '')?.resources, null);
});

test('what calls of today use is added to the profiles of then', async (t) => {
  const { store, reader } = await openStore(t, workspaceOfSchema3(t));
  const [pending] = reader.jobs({ state: 'pending', instance: 'speech', oldestFirst: true });
  const jobId = pending?.jobId ?? '';
  await store.startAttempt(jobId, 'again');
  const resources = {
    peakRssBytes: 100,
    meanRssBytes: 80,
    meanCpuPercent: 50,
    peakVramBytes: { 0: 7 },
    samples: 2,
  };
  const outcome = { ...completed('ok'), configHash: 'h1', durationMs: 40, resources };
  await store.finishAttempt(jobId, pending?.attempt === 1 ? 2 : 1, outcome);
  const {
    calls,
    completed: done,
    meanDurationMs,
    peakRssBytes,
  } = reader.profile('speech', 'h1') ?? {};
  assert.deepEqual([calls, done, meanDurationMs, peakRssBytes], [5, 3, 40, 100]);
  assert.deepEqual((await reader.verifyJournal()).problems, []);
  assert.deepEqual((await reader.replayCheck()).problems, []);
});
