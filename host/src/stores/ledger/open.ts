import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { newId } from '../../ids.ts';
import { refuseNetworkFilesystem } from '../file/network.ts';
import { refuseOther, refusePathTooLong } from '../file/refusals.ts';
import { syncFolder } from '../journal/payload-files.ts';
import { assertSqliteVersion, openSqlite, type Sqlite } from '../sqlite.ts';
import { readNote } from './note.ts';
import type { Patience } from './patience.ts';
import { asUnreadable, newerLedger, noteOf, unreadable } from './refusals.ts';
import { type Head, sumOf } from './rows.ts';
import { firstHash, ledgerApplicationId, ledgerSteps } from './schema.ts';

export interface OpenOptions {
  /** Throws LEDGER_UNREADABLE where there is none, instead of making one. */
  mustExist?: boolean;
  allowNetworkFilesystem?: boolean;
}

/** Pages of the log that are folded into the file at once: a command that is alone with a ledger reads all of them. */
const foldPages = 256;

/** Opens a ledger, or makes an empty one. What is there and is not a sound one is refused and left as it was found. */
export function openLedger(path: string, patience: Patience, options: OpenOptions): Sqlite {
  assertSqliteVersion();
  try {
    refusePathTooLong(path);
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) create(path, options);
    else if (options.allowNetworkFilesystem !== true) refuseNetworkFilesystem(path);
    refuseOther(path);
    return patience.until(() => openChecked(path));
  } catch (error) {
    throw asUnreadable(error, path);
  }
}

function openChecked(path: string): Sqlite {
  // SQLite fills up the last page with zeroes. Where there is a log, that may have what is missing of it.
  const isClosed = !existsSync(`${path}-wal`);
  const { size } = statSync(path);
  const db = openSqlite(path, { timeout: 0 });
  try {
    const version = db.pragma('user_version');
    if (db.pragma('application_id') !== ledgerApplicationId) {
      throw unreadable(path, 'it is a database, and no ledger');
    }
    if (version > ledgerSteps.length) throw newerLedger(path, version, ledgerSteps.length);
    if (isClosed && size % db.pragma('page_size') !== 0) {
      throw unreadable(path, 'it is cut short, in the middle of a page');
    }
    db.exec(
      `PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON; PRAGMA wal_autocheckpoint = ${foldPages};
       PRAGMA synchronous = FULL`,
    );
    if (version < ledgerSteps.length) migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Brings a ledger that an earlier Capstan wrote up to date, unless another process has done so meanwhile. */
function migrate(db: Sqlite): void {
  db.transaction(() => {
    for (const step of ledgerSteps.slice(db.pragma('user_version'))) db.exec(step);
    db.exec(`PRAGMA user_version = ${ledgerSteps.length}`);
  });
}

function create(path: string, { mustExist, allowNetworkFilesystem }: OpenOptions): void {
  if (mustExist === true) throw unreadable(path, 'there is none');
  if (existsSync(`${path}-wal`)) {
    throw unreadable(path, 'it is gone, but its write-ahead log is there');
  }
  const note = readNote(path);
  if (note !== null) {
    const why = `it is gone, and ${noteOf(path)} says that it had ${note.seq} events`;
    const hint = `Put back a copy of it, or remove ${noteOf(path)} to begin an empty one.`;
    throw unreadable(path, why, `Nothing is granted. ${hint}`);
  }
  keepOutOfVersions(dirname(path));
  if (allowNetworkFilesystem !== true) refuseNetworkFilesystem(path);
  const making = `${path}.${process.pid}.${newId('evt')}`;
  try {
    make(making);
    keep(making, path);
    syncFolder(dirname(path));
  } finally {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(making + suffix, { force: true });
  }
}

function make(path: string): void {
  const db = openSqlite(path);
  try {
    chmodSync(path, 0o600);
    db.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
    db.exec(`PRAGMA application_id = ${ledgerApplicationId}`);
    const [first = '', ...further] = ledgerSteps;
    db.exec(first);
    const body = JSON.stringify(emptyHead());
    db.run('INSERT INTO head VALUES (1, ?, ?)', body, sumOf('head', 1, body));
    for (const step of further) db.exec(step);
    db.exec(`PRAGMA user_version = ${ledgerSteps.length}`);
    db.exec('COMMIT');
    db.exec('PRAGMA journal_mode = WAL');
  } finally {
    db.close();
  }
}

/** Under its name, unless another process was faster: its ledger is as good as ours. */
function keep(making: string, path: string): void {
  try {
    linkSync(making, path);
  } catch (error) {
    if (existsSync(path)) return;
    // Some file systems have no links.
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw error;
    renameSync(making, path);
  }
}

const emptyHead = (): Head => ({
  ledgerId: newId('evt'),
  seq: 0,
  hash: firstHash,
  bootId: null,
  bootMs: 0,
  formerBoot: null,
  token: 0,
  reservedToken: 0,
  tickets: 0,
  firstSeq: 1,
  leases: 0,
  waiters: 0,
  spawns: 0,
});

/**
 * Makes the folder; that of a workspace says of itself that it belongs into no repository. Agents take leases where
 * nobody has said so yet, and what they then add is all there is.
 */
function keepOutOfVersions(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, '.gitignore');
  if (basename(folder) === '.capstan' && !existsSync(file)) writeFileSync(file, '*\n');
}
