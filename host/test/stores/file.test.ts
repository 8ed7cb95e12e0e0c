import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { type WorkspacePaths, workspacePaths } from '../../src/paths.ts';
import { NewStateFile } from '../../src/stores/file/open.ts';
import { HostLock, networkFilesystem, openReader, StateStore } from '../../src/stores/index.ts';
import { jobSpec, steppingClock, temporaryWorkspace } from './workspace.ts';

const open = (paths: WorkspacePaths) =>
  StateStore.open({ paths, clock: steppingClock(), reserveBytes: 0 });

/** A workspace that was used and left. */
async function usedWorkspace(t: TestContext): Promise<WorkspacePaths> {
  const paths = temporaryWorkspace(t);
  const store = await open(paths);
  for (let n = 0; n < 5; n++)
    await store.submitJobs([jobSpec({ input: { text: 'x'.repeat(9_000) } })]);
  await store.close();
  return paths;
}

async function refusesUntouched(paths: WorkspacePaths, code: string, cause: RegExp): Promise<void> {
  const before = readFileSync(paths.stateDb);
  const says = (error: unknown): boolean => {
    assert.ok(error instanceof Error && 'code' in error && 'hint' in error);
    assert.equal(error.code, code);
    assert.ok(error.message.includes(paths.stateDb), 'the message names the file');
    assert.match(error.message, cause);
    assert.ok(error.hint, 'there is a next step');
    return true;
  };
  await assert.rejects(open(paths), says);
  assert.throws(() => openReader(paths), says);
  assert.deepEqual(readFileSync(paths.stateDb), before, 'the file was not changed');
}

test('a store that was closed is one file, opens again, and has everything', async (t) => {
  const paths = await usedWorkspace(t);
  assert.equal(existsSync(`${paths.stateDb}-wal`), false);
  const store = await open(paths);
  assert.equal(store.reader.jobs().length, 5);
  await store.close();
});

test('a new file has its name only when nothing of how it works is still to be changed', (t) => {
  const { stateDb } = temporaryWorkspace(t);
  mkdirSync(dirname(stateDb), { recursive: true });
  const made = new NewStateFile(stateDb);
  made.keep();
  made.abandon();
  // https://www.sqlite.org/fileformat.html: the versions to write and to read it by are 2 for a write-ahead log.
  assert.deepEqual([...readFileSync(stateDb).subarray(18, 20)], [2, 2]);
  assert.deepEqual(readdirSync(dirname(stateDb)), ['state.db']);
});

test('an empty file where one existed is refused', async (t) => {
  const paths = await usedWorkspace(t);
  truncateSync(paths.stateDb, 0);
  await refusesUntouched(paths, 'STORE_CORRUPT', /empty/);
});

test('a text file, zeroes and a truncated file are refused', async (t) => {
  const paths = await usedWorkspace(t);
  const sound = readFileSync(paths.stateDb);
  writeFileSync(paths.stateDb, 'these are my notes\n'.repeat(500));
  await refusesUntouched(paths, 'STORE_CORRUPT', /not a database/);
  writeFileSync(paths.stateDb, Buffer.alloc(sound.length));
  await refusesUntouched(paths, 'STORE_CORRUPT', /another program|not a database/);
  writeFileSync(paths.stateDb, sound.subarray(0, sound.length - 8_192));
  await refusesUntouched(paths, 'STORE_CORRUPT', /damaged|cut short/);
});

test('a folder in its place is refused', async (t) => {
  const paths = await usedWorkspace(t);
  rmSync(paths.stateDb);
  mkdirSync(paths.stateDb);
  const refusal = { code: 'STORE_CORRUPT', message: /state\.db cannot be used: it is not a file/ };
  await assert.rejects(open(paths), refusal);
  assert.throws(() => openReader(paths), refusal);
});

test('a file that is cut short is refused at any length', async (t) => {
  const paths = await usedWorkspace(t);
  const sound = readFileSync(paths.stateDb);
  const lengths = [1, 15, 16, 17, 50, 99, 100, 101, 511, 4_095, 4_096, 4_097];
  for (let n = 1; n <= 40; n++) lengths.push(Math.floor((sound.length * n) / 41));
  lengths.push(sound.length - 4_096, sound.length - 1);
  for (const length of lengths) {
    writeFileSync(paths.stateDb, sound.subarray(0, length));
    // A log that a refusal left behind would have the next one look more closely.
    for (const suffix of ['-wal', '-shm']) rmSync(paths.stateDb + suffix, { force: true });
    // oxlint-disable-next-line no-await-in-loop -- one file, one length after the other
    await refusesUntouched(paths, 'STORE_CORRUPT', /damaged|cut short|not a database/);
  }
});

test('a link in its place is refused, whether it leads anywhere or not', async (t) => {
  const paths = await usedWorkspace(t);
  const elsewhere = `${paths.stateDb}.elsewhere`;
  renameSync(paths.stateDb, elsewhere);
  symlinkSync(elsewhere, paths.stateDb);
  const refusal = { code: 'STORE_CORRUPT', message: /it is a symbolic link; let the folder/ };
  await assert.rejects(open(paths), refusal);
  assert.throws(() => openReader(paths), refusal);
  renameSync(elsewhere, `${elsewhere}.moved`);
  await assert.rejects(open(paths), refusal);
  assert.throws(() => openReader(paths), refusal);
  assert.equal(existsSync(elsewhere), false, 'nothing was made at its end');
});

test('a path that is too long is refused with its length', async (t) => {
  const { root } = temporaryWorkspace(t);
  const deep = join(root, ...Array.from({ length: 6 }, () => 'd'.repeat(80)));
  const paths = workspacePaths(deep);
  mkdirSync(deep, { recursive: true });
  const refusal = {
    code: 'STORE_WRITE_FAILED',
    message: /its path has \d+ bytes; 500 is the most/,
  };
  await assert.rejects(open(paths), refusal);
  assert.throws(() => HostLock.acquire(paths, { nowMs: 0, command: 'test' }), refusal);
  assert.equal(existsSync(paths.dir), false);
});

test('the database of another program is refused', async (t) => {
  const paths = temporaryWorkspace(t);
  mkdirSync(dirname(paths.stateDb));
  const foreign = new DatabaseSync(paths.stateDb);
  foreign.exec('CREATE TABLE bookmarks (url TEXT)');
  foreign.close();
  await refusesUntouched(paths, 'STORE_CORRUPT', /another program/);
});

test('the database of a newer Capstan is refused', async (t) => {
  const paths = await usedWorkspace(t);
  const db = new DatabaseSync(paths.stateDb);
  db.exec('PRAGMA user_version = 99');
  db.close();
  await refusesUntouched(paths, 'STORE_NEWER', /schema 99/);
});

test('a log without its database is refused, not replayed into a new one', async (t) => {
  const paths = await usedWorkspace(t);
  copyFileSync(paths.stateDb, `${paths.stateDb}-wal`);
  rmSync(paths.stateDb);
  await assert.rejects(open(paths), { code: 'STORE_CORRUPT', message: /gone/ });
  assert.equal(existsSync(paths.stateDb), false);
});

test('a start that was cut off while making the file leaves nothing in the way', async (t) => {
  const paths = temporaryWorkspace(t);
  mkdirSync(dirname(paths.stateDb));
  writeFileSync(`${paths.stateDb}.new`, 'half');
  const store = await open(paths);
  await store.submitJobs([jobSpec()]);
  await store.close();
});

test('a workspace where nothing was run yet reads as empty, and stays as it is', (t) => {
  const paths = temporaryWorkspace(t);
  const reader = openReader(paths);
  assert.deepEqual(
    [reader.state.jobs(), reader.state.runs(), reader.state.journal()],
    [[], [], []],
  );
  assert.deepEqual(reader.diagnostics.lines(), []);
  assert.equal(reader.state.lastSeq(), 0);
  reader.close();
  assert.equal(existsSync(paths.dir), false);
});

test('a reader works beside the writer, and sees what was acknowledged', async (t) => {
  const paths = temporaryWorkspace(t);
  const store = await open(paths);
  t.after(() => store.close());
  const reader = openReader(paths);
  await store.submitJobs([jobSpec()]);
  assert.equal(reader.state.jobs().length, 1);
  reader.close();
});

test('filesystems of other machines are known by their type', () => {
  assert.equal(networkFilesystem('/x', 0x6969), 'NFS');
  assert.equal(networkFilesystem('/x', 0xff534d42), 'CIFS');
  assert.equal(networkFilesystem('/x', 0xef53), null);
  assert.equal(networkFilesystem('/proc/nowhere/state.db'), null);
});

test('a file that vanishes wedges the store; nothing is acknowledged until it is back', async (t) => {
  const paths = temporaryWorkspace(t);
  const store = await open(paths);
  t.after(() => store.close());
  const [job] = await store.submitJobs([jobSpec()]);
  assert.ok(job);
  await store.startAttempt(job.jobId, 'call');
  const wedges: (string | null)[] = [];
  const clear = Promise.withResolvers<void>();
  store.onWedgeChange((wedge) => {
    wedges.push(wedge?.cause.code ?? null);
    if (wedge === null) clear.resolve();
  });
  renameSync(paths.stateDb, `${paths.stateDb}.away`);
  await assert.rejects(store.submitJobs([jobSpec()]), { code: 'STORE_WRITE_FAILED' });
  await assert.rejects(store.submitJobs([jobSpec()]), {
    code: 'STORE_WEDGED',
    message: /state\.db/,
  });
  assert.equal(existsSync(paths.stateDb), false, 'no new file took its place');
  // The result of the job that was running is held, and written once the file is there again.
  const finished = store.finishAttempt(job.jobId, 1, {
    kind: 'completed',
    result: 'kept',
    artifacts: [],
  });
  renameSync(`${paths.stateDb}.away`, paths.stateDb);
  await clear.promise;
  assert.deepEqual(await finished, { kind: 'finished', state: 'completed' });
  assert.deepEqual(wedges, ['STORE_WRITE_FAILED', null]);
  await store.submitJobs([jobSpec()]);
  assert.deepEqual(
    store.reader.jobs().map(({ state }) => state),
    ['pending', 'completed'],
  );
});

test('a file that vanishes is noticed also while nobody writes', async (t) => {
  const paths = await usedWorkspace(t);
  const store = await open(paths);
  t.after(() => store.close());
  const wedged = Promise.withResolvers<string>();
  store.onWedgeChange((wedge) => wedge !== null && wedged.resolve(wedge.cause.message));
  const before = performance.now();
  rmSync(paths.stateDb);
  assert.match(await wedged.promise, /state\.db could not be written: ENOENT/);
  assert.ok(performance.now() - before < 5_000);
});

test('a file that was replaced by another one is not written to', async (t) => {
  const paths = await usedWorkspace(t);
  const store = await open(paths);
  t.after(() => store.close());
  copyFileSync(paths.stateDb, `${paths.stateDb}.copy`);
  renameSync(`${paths.stateDb}.copy`, paths.stateDb);
  await assert.rejects(store.submitJobs([jobSpec()]), { message: /replaced/ });
});
