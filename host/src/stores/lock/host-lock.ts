import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isoFromMs } from '../../clock.ts';
import { HostError } from '../../errors.ts';
import type { WorkspacePaths } from '../../paths.ts';
import { refuseNetworkFilesystem } from '../file/network.ts';
import { asStoreError, refusePathTooLong } from '../file/refusals.ts';
import { assertSqliteVersion, openSqlite, type Sqlite, sqlite, sqliteCode } from '../sqlite.ts';

/** Who has a workspace, for messages and for clients that want to reach it. Never proof of anything. */
export interface HostInfo {
  pid: number;
  startedAt: string;
  /** What it was started with, for people. */
  command: string;
  /** Where it listens, once it does, and the word that lets one in: the file is for its user's eyes only. */
  control?: { socket: string; token: string };
}

/**
 * One host owns a workspace. The lock is SQLite's own on `host.lock`, held in an exclusive transaction
 * for the life of the process: the operating system frees it at death, however sudden, so there is
 * nothing stale to clean up and no clock to trust.
 *
 * Nothing but SQLite may ever open that file: POSIX drops all locks of a process on a file as soon as the
 * process closes any descriptor of it.
 */
export class HostLock {
  readonly #db: Sqlite;
  readonly #paths: WorkspacePaths;
  #info: HostInfo;

  private constructor(db: Sqlite, paths: WorkspacePaths, info: HostInfo) {
    this.#db = db;
    this.#paths = paths;
    this.#info = info;
  }

  /** Throws WORKSPACE_BUSY, naming the holder. */
  static acquire(
    paths: WorkspacePaths,
    options: { nowMs: number; command: string; allowNetworkFilesystem?: boolean },
  ): HostLock {
    assertSqliteVersion();
    refusePathTooLong(paths.lockDb);
    makeFolder(dirname(paths.lockDb));
    if (options.allowNetworkFilesystem !== true) refuseNetworkFilesystem(paths.lockDb);
    const db = takeLock(paths);
    const startedAt = isoFromMs(options.nowMs);
    const lock = new HostLock(db, paths, { pid: process.pid, startedAt, command: options.command });
    held.add(lock);
    lock.#writeInfo();
    return lock;
  }

  /** Adds what was not known yet when the lock was taken. */
  describe(more: Pick<HostInfo, 'control'>): void {
    this.#info = { ...this.#info, ...more };
    this.#writeInfo();
  }

  release(): void {
    held.delete(this);
    removeQuietly(this.#paths.hostInfo);
    this.#db.close();
  }

  /** Only a note: on a disk that takes nothing more, whatever is wrong with it is for the store to say. */
  #writeInfo(): void {
    const making = `${this.#paths.hostInfo}.${process.pid}`;
    try {
      writeSynced(making, `${JSON.stringify(this.#info)}\n`);
      renameSync(making, this.#paths.hostInfo);
    } catch {
      removeQuietly(making);
    }
  }
}

/** A lock that nobody refers to would be collected as garbage, and its file closed: the workspace would be free. */
const held = new Set<HostLock>();

function writeSynced(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It is a note that nobody reads: there may be nothing, or a disk that cannot be written.
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw asStoreError(error, path);
  }
}

function takeLock(paths: WorkspacePaths): Sqlite {
  let db: Sqlite | undefined;
  try {
    // Exclusive needs no second try: whoever holds it holds it until it ends.
    db = openSqlite(paths.lockDb, { timeout: 0 });
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db?.close();
    if (sqliteCode(error) === sqlite.busy) throw busy(paths);
    throw sqliteCode(error) === sqlite.notADatabase
      ? notALock(paths, error)
      : asStoreError(error, paths.lockDb);
  }
}

function notALock({ lockDb }: WorkspacePaths, cause: unknown): HostError {
  return new HostError('STORE_CORRUPT', `${lockDb} cannot be used: it is not a lock of ours`, {
    hint: 'Remove it while no capstan runs here. There is nothing in it that could be lost.',
    details: { path: lockDb },
    cause,
  });
}

function busy(paths: WorkspacePaths): HostError {
  const holder = readHostInfo(paths);
  const who =
    holder === null
      ? 'another capstan'
      : `another capstan (pid ${holder.pid}, since ${holder.startedAt})`;
  return new HostError('WORKSPACE_BUSY', `${who} is using this workspace`, {
    hint: 'Wait until it ends, or end it. Commands that only look, such as `capstan jobs`, work meanwhile.',
    details: { root: paths.root, ...(holder === null ? {} : { holder: presentable(holder) }) },
  });
}

/** The rest of the file says how the host is reached, with its token, and errors are shown and kept. */
const presentable = ({ pid, startedAt, command }: HostInfo): object => ({
  pid,
  startedAt,
  command,
});

/**
 * What the present or the last holder said of itself; null when it left cleanly or said nothing. That it is
 * there does not prove that the holder still is.
 */
export function readHostInfo(paths: WorkspacePaths): HostInfo | null {
  try {
    return asHostInfo(JSON.parse(readFileSync(paths.hostInfo, 'utf8')));
  } catch {
    return null;
  }
}

function asHostInfo(found: Partial<HostInfo> | null): HostInfo | null {
  const { pid, startedAt = '', command = '', control } = found ?? {};
  if (typeof pid !== 'number') return null;
  const isReachable = typeof control?.socket === 'string' && typeof control.token === 'string';
  return { pid, startedAt, command, ...(isReachable ? { control } : {}) };
}
