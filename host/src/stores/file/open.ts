import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HostError, messageOf } from '../../errors.ts';
import { assertSqliteVersion, openSqlite, type Sqlite, sqlite, sqliteCode } from '../sqlite.ts';
import { applicationId, migrations } from './migrations.ts';
import { refuseNetworkFilesystem } from './network.ts';

/**
 * Opens `state.db` for its one writer. A file that is there is never replaced: what is not a sound
 * database of ours is refused, with the cause and the next step, and left as it was found.
 */
export function openStateFile(path: string, options: { allowNetworkFilesystem: boolean }): Sqlite {
  assertSqliteVersion();
  mkdirSync(dirname(path), { recursive: true });
  if (!options.allowNetworkFilesystem) refuseNetworkFilesystem(path);
  if (!existsSync(path)) {
    if (existsSync(`${path}-wal`))
      throw corrupt(path, 'it is gone, but its write-ahead log is there');
    createStateFile(path);
  }
  const wasLeftOpen = existsSync(`${path}-wal`);
  const db = openChecked(path);
  try {
    db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000',
    );
    if (wasLeftOpen) quickCheck(db, path);
    migrate(db);
  } catch (error) {
    db.close();
    throw asStoreError(error, path);
  }
  return db;
}

/** Opens an existing `state.db` beside its writer, if there is one. */
export function openForReading(path: string): Sqlite {
  assertSqliteVersion();
  return openChecked(path, { readOnly: true });
}

/**
 * Made under another name and renamed when complete, so that an empty or half-made `state.db` can only
 * mean damage.
 */
function createStateFile(path: string): void {
  const making = `${path}.new`;
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(making + suffix, { force: true });
  const db = openSqlite(making);
  try {
    db.exec('PRAGMA synchronous = FULL');
    db.transaction(() => {
      db.exec(`PRAGMA application_id = ${applicationId}`);
      applyMigrations(db);
    });
  } catch (error) {
    throw asStoreError(error, making);
  } finally {
    db.close();
  }
  renameSync(making, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** An in-memory database with the current schema: for tests, and for workspaces that have none yet. */
export function openInMemory(): Sqlite {
  const db = openSqlite(':memory:');
  applyMigrations(db);
  return db;
}

function openChecked(path: string, options: { readOnly?: boolean } = {}): Sqlite {
  const found = statSync(path);
  if (!found.isFile()) throw corrupt(path, 'it is not a file');
  if (found.size === 0) throw corrupt(path, 'the file is empty');
  let db: Sqlite | undefined;
  try {
    db = openSqlite(options.readOnly === true ? asReadable(path) : path, options);
    const version = db.pragma('user_version');
    const id = db.pragma('application_id');
    if (id !== applicationId) throw corrupt(path, 'it is a database of another program');
    if (version > migrations.length) throw newer(path, version);
    if (options.readOnly === true && version < migrations.length) throw older(path);
    return db;
  } catch (error) {
    db?.close();
    throw asStoreError(error, path);
  }
}

/**
 * Readers share memory with the writer, in a file beside the database. Where that cannot be made, on a
 * read-only disk, there is no writer either: a database that was closed is then read as it lies there.
 */
function asReadable(path: string): string | URL {
  if (existsSync(`${path}-wal`) || mayWrite(dirname(path))) return path;
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  return url;
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function migrate(db: Sqlite): void {
  if (db.pragma('user_version') === migrations.length) return;
  db.transaction(() => applyMigrations(db));
}

function applyMigrations(db: Sqlite): void {
  for (const step of migrations.slice(db.pragma('user_version'))) db.exec(step);
  db.exec(`PRAGMA user_version = ${migrations.length}`);
}

/** Larger files would delay the start by more than a second; `capstan journal verify` checks those. */
const quickCheckBytes = 256 * 1024 * 1024;

function quickCheck(db: Sqlite, path: string): void {
  if (statSync(path).size > quickCheckBytes) return;
  const found = db.all<{ quick_check: string }>('PRAGMA quick_check(1)')[0]?.quick_check;
  if (found !== 'ok') throw corrupt(path, found ?? 'the check gave no answer');
}

export function corrupt(path: string, cause: string, error?: unknown): HostError {
  return new HostError('STORE_CORRUPT', `${path} cannot be used: ${cause}`, {
    hint:
      'Nothing was changed. Put back a copy of it, or move it away (together with its -wal file) ' +
      'to start with an empty history.',
    details: { path, cause },
    ...(error === undefined ? {} : { cause: error }),
  });
}

function newer(path: string, version: number): HostError {
  return new HostError(
    'STORE_NEWER',
    `${path} was written by a newer Capstan (schema ${version}; this one knows ${migrations.length})`,
    { hint: 'Update Capstan, or use another workspace.', details: { path, version } },
  );
}

function older(path: string): HostError {
  return new HostError(
    'STORE_WRITE_FAILED',
    `${path} was written by an older Capstan and has not been brought up to date yet`,
    { hint: 'Run something in this workspace once, such as `capstan run`.', details: { path } },
  );
}

/** What SQLite threw while opening, in the words of the error table. */
export function asStoreError(error: unknown, path: string): HostError {
  if (error instanceof HostError) return error;
  const code = sqliteCode(error);
  if (code === sqlite.notADatabase) return corrupt(path, 'it is not a database', error);
  if (code === sqlite.corrupt) return corrupt(path, 'the database is damaged or cut short', error);
  // SQLite says only that it was "unable to open", or an "I/O error".
  const why = mayWrite(dirname(path))
    ? messageOf(error)
    : 'its folder cannot be written, being on a read-only disk or not yours';
  return new HostError('STORE_WRITE_FAILED', `${path} cannot be opened: ${why}`, {
    hint: 'Check the space, the permissions and the disk below this path.',
    cause: error,
    details: { path },
  });
}
