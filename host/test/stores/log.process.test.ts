import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { jobSpec, openStore } from './workspace.ts';

const mebibyte = 1024 * 1024;
let n = 0;
/** A job whose input takes most of a mebibyte of the log. */
const largeJob = () => jobSpec({ input: { text: `${n++}`.padEnd(900_000, 'x') } });

test('the log stays small while somebody verifies the journal beside the writer', async (t) => {
  const { store, reader, paths } = await openStore(t);
  for (let round = 0; round < 30; round++) await store.submitJobs([largeJob()]);
  let most = 0;
  const over = new AbortController();
  const verified = reader.verifyJournal().finally(() => over.abort());
  for (let round = 0; round < 120 || !over.signal.aborted; round++) {
    await store.submitJobs([largeJob()]);
    most = Math.max(most, statSync(`${paths.stateDb}-wal`).size);
  }
  assert.deepEqual((await verified).problems, []);
  assert.ok(most < 48 * mebibyte, `the log grew to ${most} bytes while 120 MiB were written`);
});

test('a log that a stranger kept from being folded in shrinks when they have left', async (t) => {
  const { store, paths } = await openStore(t);
  const log = (): number => statSync(`${paths.stateDb}-wal`).size;
  await store.submitJobs([largeJob()]);
  const stranger = new DatabaseSync(paths.stateDb, { readOnly: true });
  stranger.exec('BEGIN; SELECT count(*) FROM jobs');
  for (let round = 0; round < 40; round++) await store.submitJobs([largeJob()]);
  const grown = log();
  assert.ok(grown > 30 * mebibyte, 'nothing can be folded in that somebody still looks at');
  stranger.close();
  for (let round = 0; round < 5; round++) await store.submitJobs([largeJob()]);
  assert.ok(log() <= 17 * mebibyte, `${log()} of ${grown} bytes are left`);
});
