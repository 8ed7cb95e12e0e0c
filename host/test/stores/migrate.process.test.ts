import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { Reader } from '../../src/stores/index.ts';
import { applicationId, migrations } from '../../src/stores/file/migrations.ts';
import { temporaryWorkspace } from './workspace.ts';

const program = join(import.meta.dirname, '../fixtures/stores/submits-one.ts');

function submitOne(root: string, failPoints: string, as: { uid?: number } = {}) {
  const env = { ...process.env, CAPSTAN_FAIL_POINTS: failPoints };
  const { signal, stdout, stderr } = spawnSync(process.execPath, [program, root], {
    encoding: 'utf8',
    env,
    ...as,
  });
  return { signal, said: stdout || stderr };
}

/** A database as the first release left it, with a job in it. */
function firstRelease(t: TestContext) {
  const paths = temporaryWorkspace(t);
  mkdirSync(dirname(paths.stateDb));
  const db = new DatabaseSync(paths.stateDb);
  db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA journal_mode = WAL`);
  db.exec(`${migrations[0]}; PRAGMA user_version = 1`);
  db.close();
  return paths;
}

const versionOf = (path: string): unknown =>
  new DatabaseSync(path, { readOnly: true }).prepare('PRAGMA user_version').get()?.['user_version'];

test('a host that is killed while it brings a file up to date leaves the old one, and the next goes on', (t) => {
  const paths = firstRelease(t);
  for (let round = 0; round < 3; round++) {
    assert.equal(submitOne(paths.root, 'migrate.before-commit:kill').signal, 'SIGKILL');
    assert.equal(versionOf(paths.stateDb), 1);
  }
  assert.match(submitOne(paths.root, '').said, /^ack job_/);
  assert.equal(versionOf(paths.stateDb), migrations.length);
});

test('a host killed just before a commit has promised nothing, just after it loses nothing', async (t) => {
  const paths = temporaryWorkspace(t);
  const jobs = (): number => {
    const reader = Reader.openState(paths.stateDb);
    const found = reader.jobs().length;
    reader.close();
    return found;
  };
  assert.equal(submitOne(paths.root, 'writer.before-commit:kill').signal, 'SIGKILL');
  assert.equal(jobs(), 0);
  assert.equal(submitOne(paths.root, 'writer.after-commit:kill').signal, 'SIGKILL');
  assert.equal(jobs(), 1);
  assert.match(submitOne(paths.root, 'writer.before-commit:fail').said, /^STORE_WRITE_FAILED /);
  assert.equal(jobs(), 1);
});

const isRoot = process.getuid?.() === 0;

test('a file and a folder that are another user’s are refused by name, and left alone', {
  skip: isRoot ? false : 'needs root, to be somebody else',
}, (t) => {
  const paths = temporaryWorkspace(t);
  const nobody = 65_534;
  assert.match(submitOne(paths.root, '').said, /^ack/);
  const before = readFileSync(paths.stateDb);
  chmodSync(paths.root, 0o755);
  const folder = submitOne(paths.root, '', { uid: nobody }).said;
  assert.match(folder, /^STORE_WRITE_FAILED .*state\.db cannot be opened: its folder cannot be/);
  chownSync(paths.dir, nobody, nobody);
  chmodSync(paths.stateDb, 0o600);
  const file = submitOne(paths.root, '', { uid: nobody }).said;
  assert.match(
    file,
    /^STORE_WRITE_FAILED .*state\.db cannot be opened: you may not read and write it/,
  );
  assert.deepEqual(readFileSync(paths.stateDb), before);
  assert.ok(!readdirSync(paths.dir).includes('state.db.new'));
});
