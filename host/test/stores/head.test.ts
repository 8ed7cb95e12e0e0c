import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { WorkspacePaths } from '../../src/paths.ts';
import { openReader, StateStore } from '../../src/stores/index.ts';
import { jobSpec, steppingClock, temporaryWorkspace } from './workspace.ts';

const open = (paths: WorkspacePaths) =>
  StateStore.open({ paths, clock: steppingClock(), reserveBytes: 0 });

async function submitAndClose(paths: WorkspacePaths, jobs: number): Promise<void> {
  const store = await open(paths);
  await store.submitJobs(Array.from({ length: jobs }, () => jobSpec()));
  await store.close();
}

/** What verify and doctor are told, before and after a host looked. */
async function warningsOf(t: TestContext, paths: WorkspacePaths): Promise<string[]> {
  const reader = openReader(paths);
  t.after(() => reader.close());
  const { ok, warnings } = await reader.state.verifyJournal();
  assert.ok(ok, 'a restored copy is sound in itself');
  assert.deepEqual(reader.state.warnings(), warnings);
  return warnings;
}

test('a closed store leaves beside it where its journal ends', async (t) => {
  const paths = temporaryWorkspace(t);
  await submitAndClose(paths, 3);
  const recorded = JSON.parse(readFileSync(paths.stateHead, 'utf8'));
  const reader = openReader(paths);
  t.after(() => reader.close());
  const [last] = reader.state.journal({ newestFirst: true, limit: 1 });
  assert.deepEqual([recorded.seq, recorded.hash], [3, last?.hash]);
  assert.match(recorded.databaseId, /^[0-9a-f]{32}$/);
  assert.deepEqual(await warningsOf(t, paths), []);
});

test('a database that is gone is never taken for a new workspace', async (t) => {
  const paths = temporaryWorkspace(t);
  await submitAndClose(paths, 2);
  rmSync(paths.stateDb);
  const refusal = {
    code: 'STORE_CORRUPT',
    message: /state\.db cannot be used: it is gone, .* 2 rows/,
  };
  await assert.rejects(open(paths), refusal);
  assert.throws(() => openReader(paths), refusal);
  assert.equal(existsSync(paths.stateDb), false);
  // Who wants to begin anew has been told how.
  rmSync(paths.stateHead);
  await submitAndClose(paths, 1);
});

test('an older copy is used, with a note in the journal and a warning that stays', async (t) => {
  const paths = temporaryWorkspace(t);
  await submitAndClose(paths, 2);
  copyFileSync(paths.stateDb, `${paths.stateDb}.backup`);
  await submitAndClose(paths, 3);
  copyFileSync(`${paths.stateDb}.backup`, paths.stateDb);
  const older = 'state.db is an older copy: it ends at row 2, and 5 rows were written';
  assert.deepEqual(await warningsOf(t, paths), [older]);
  await submitAndClose(paths, 1);
  const [warning, ...more] = await warningsOf(t, paths);
  assert.match(
    warning ?? '',
    /^on 20.* \(journal row 3\) another copy was found in place: state\.db is an/,
  );
  assert.deepEqual(more, []);
  const reader = openReader(paths);
  t.after(() => reader.close());
  const [note] = reader.state.journal({ eventType: 'store_restored' });
  assert.deepEqual(
    [note?.payload['found'], note?.payload['recorded']].map(
      (head) => (head as { seq: number }).seq,
    ),
    [2, 5],
  );
  // Told once: the next host finds what the last one left.
  await submitAndClose(paths, 1);
  assert.equal((await warningsOf(t, paths)).length, 1);
});

test('a copy that went another way, and the database of another workspace, are told apart', async (t) => {
  const paths = temporaryWorkspace(t);
  await submitAndClose(paths, 1);
  copyFileSync(paths.stateDb, `${paths.stateDb}.backup`);
  await submitAndClose(paths, 1);
  const head = readFileSync(paths.stateHead);
  copyFileSync(`${paths.stateDb}.backup`, paths.stateDb);
  rmSync(paths.stateHead);
  await submitAndClose(paths, 4);
  writeFileSync(paths.stateHead, head);
  assert.match((await warningsOf(t, paths)).join(), /its row 2 is not the one that was written/);

  const other = temporaryWorkspace(t);
  await submitAndClose(other, 9);
  copyFileSync(other.stateDb, paths.stateDb);
  assert.match((await warningsOf(t, paths)).join(), /another database than the one last used/);
});

test('a note that is empty or nonsense, as a power cut may leave it, keeps nobody from working', async (t) => {
  const paths = temporaryWorkspace(t);
  await submitAndClose(paths, 1);
  truncateSync(paths.stateHead);
  await submitAndClose(paths, 1);
  writeFileSync(paths.stateHead, '{"seq": "many"}');
  await submitAndClose(paths, 1);
  assert.deepEqual(await warningsOf(t, paths), []);
});

test('the note is never ahead of the database, and follows it while it is open', async (t) => {
  const paths = temporaryWorkspace(t);
  const store = await open(paths);
  t.after(() => store.close());
  await store.submitJobs([jobSpec(), jobSpec()]);
  const recorded = (): number =>
    existsSync(paths.stateHead) ? JSON.parse(readFileSync(paths.stateHead, 'utf8')).seq : 0;
  while (recorded() < 2) {
    assert.ok(recorded() <= store.reader.lastSeq());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});
