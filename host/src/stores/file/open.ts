import { chmodSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { failPoint } from '../../fail-points.ts';
import { besideState } from '../../paths.ts';
import { syncFolder } from '../journal/payload-files.ts';
import { assertSqliteVersion, openSqlite, type Sqlite } from '../sqlite.ts';
import { readRecordedHead } from './head.ts';
import { applicationId, migrations } from './migrations.ts';
import { refuseNetworkFilesystem } from './network.ts';
import {
  asStoreError,
  corrupt,
  lostFile,
  mayWrite,
  newer,
  older,
  refuseOther,
  refusePathTooLong,
} from './refusals.ts';

/** What the write-ahead log may keep on disk once it was folded into the file. */
const logBytes = 16 * 1024 * 1024;
/**
 * Folded in when it has so many pages, which is nearly `logBytes`. The commit that comes to it waits for all of them,
 * and most of them are the same few again: at half as many, a burst of jobs takes the writer 6 to 9 % longer.
 */
const foldPages = 3_800;

/**
 * Opens `state.db` for its one writer. A file that is there is never replaced: what is not a sound
 * database of ours is refused, with the cause and the next step, and left as it was found.
 */
export function openStateFile(path: string, options: { allowNetworkFilesystem: boolean }): Sqlite {
  assertSqliteVersion();
  refusePathTooLong(path);
  mkdirSync(dirname(path), { recursive: true });
  if (!options.allowNetworkFilesystem) refuseNetworkFilesystem(path);
  if (!isThere(path)) {
    refuseIfLost(path);
    createStateFile(path);
  }
  const wasLeftOpen = existsSync(`${path}-wal`);
  const db = openChecked(path);
  try {
    // Each request has a savepoint, whose copies of pages SQLite would otherwise put in a file of its own.
    db.exec(
      `PRAGMA temp_store = MEMORY; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${foldPages};
       PRAGMA journal_size_limit = ${logBytes}`,
    );
    if (wasLeftOpen) quickCheck(db, path);
    migrate(db);
  } catch (error) {
    db.close();
    throw asStoreError(error, path);
  }
  return db;
}

/** Opens `state.db` beside its writer, if there is one; an empty one in memory where nothing was run yet. */
export function openForReading(path: string): Sqlite {
  assertSqliteVersion();
  if (isThere(path)) return openChecked(path, { readOnly: true });
  refuseIfLost(path);
  return openInMemory();
}

/** Also for a link that leads nowhere, which `existsSync` takes for nothing at all. */
export const isThere = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** Where there is no database, there must not have been one. */
function refuseIfLost(path: string): void {
  if (existsSync(`${path}-wal`))
    throw corrupt(path, 'it is gone, but its write-ahead log is there');
  const recorded = readRecordedHead(path);
  if (recorded !== null) throw lostFile(path, besideState(path).stateHead, recorded.seq);
}

function createStateFile(path: string): void {
  const made = new NewStateFile(path);
  try {
    made.keep();
  } finally {
    made.abandon();
  }
}

/**
 * A database in the making: under another name, in one transaction, and renamed when it is complete, so
 * that an empty or half-made `state.db` can only mean damage.
 */
export class NewStateFile {
  readonly db: Sqlite;
  readonly #path: string;
  readonly #making: string;

  constructor(path: string) {
    this.#path = path;
    this.#making = `${path}.new`;
    this.#remove();
    let db: Sqlite | undefined;
    try {
      db = openSqlite(this.#making);
      chmodSync(this.#making, 0o600);
      db.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
      db.exec(`PRAGMA application_id = ${applicationId}`);
      applyMigrations(db);
      this.db = db;
    } catch (error) {
      db?.close();
      throw asStoreError(error, this.#making);
    }
  }

  keep(): void {
    try {
      this.db.exec('COMMIT');
      // Here and not when it is opened: a loss of power in the midst of the change would leave a file that only
      // a writer can mend.
      this.db.exec('PRAGMA journal_mode = WAL');
      this.db.close();
      renameSync(this.#making, this.#path);
      syncFolder(dirname(this.#path));
    } catch (error) {
      throw asStoreError(error, this.#making);
    }
  }

  /** Removes what was not kept. */
  abandon(): void {
    this.db.close();
    this.#remove();
  }

  #remove(): void {
    for (const suffix of ['', '-wal', '-shm', '-journal']) {
      rmSync(this.#making + suffix, { force: true });
    }
  }
}

/** An in-memory database with the current schema: for tests, and for workspaces that have none yet. */
export function openInMemory(): Sqlite {
  return withSchema(openSqlite(':memory:'));
}

/** One that SQLite keeps in a file without a name as soon as it is large, and that is gone when closed. */
export function openTemporary(): Sqlite {
  const db = withSchema(openSqlite(''));
  db.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF');
  return db;
}

function withSchema(db: Sqlite): Sqlite {
  applyMigrations(db);
  return db;
}

function openChecked(path: string, options: { readOnly?: boolean } = {}): Sqlite {
  let db: Sqlite | undefined;
  try {
    refusePathTooLong(path);
    refuseOther(path);
    // SQLite fills up the last page with zeroes. Where there is a log, that may have what is missing of it.
    const isClosed = !existsSync(`${path}-wal`);
    const bytes = statSync(path).size;
    db = openSqlite(options.readOnly === true ? asReadable(path) : path, options);
    const version = db.pragma('user_version');
    const id = db.pragma('application_id');
    if (isClosed && bytes % db.pragma('page_size') !== 0) {
      throw corrupt(path, 'it is cut short, in the middle of a page');
    }
    if (id !== applicationId) throw corrupt(path, 'it is a database of another program');
    if (version > migrations.length) throw newer(path, version);
    if (options.readOnly === true && version < migrations.length) throw older(path);
    db.payloadsDir = besideState(path).payloadsDir;
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

function migrate(db: Sqlite): void {
  if (db.pragma('user_version') === migrations.length) return;
  db.transaction(() => {
    applyMigrations(db);
    failPoint('migrate.before-commit');
  });
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
  if (found === 'ok') return;
  const what = found?.split('\n').find((line) => !line.startsWith('***'));
  throw corrupt(path, `the database is damaged: ${what ?? 'the check gave no answer'}`);
}
