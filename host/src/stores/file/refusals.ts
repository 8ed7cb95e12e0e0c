import { accessSync, constants, lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { HostError, messageOf } from '../../errors.ts';
import { sqlite, sqliteCode } from '../sqlite.ts';
import { migrations } from './migrations.ts';

/** Why a `state.db` is not used, each with its cause and what to do. */

/** Longer ones SQLite answers with "unable to open", which helps nobody. Its limit is 512, suffixes included. */
const mostPathBytes = 500;

export function refusePathTooLong(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes <= mostPathBytes) return;
  throw new HostError(
    'STORE_WRITE_FAILED',
    `${path} cannot be opened: its path has ${bytes} bytes; ${mostPathBytes} is the most`,
    { hint: 'Move the workspace to a folder with a shorter path.', details: { path, bytes } },
  );
}

/** A page of SQLite's smallest size. */
const leastBytes = 512;

/**
 * Anything but a plain file. A link is refused also where it leads to a sound database: two workspaces,
 * each with a lock of its own, could come to share it.
 */
export function refuseOther(path: string): void {
  const found = lstatSync(path);
  if (found.isSymbolicLink()) {
    throw corrupt(path, 'it is a symbolic link; let the folder .capstan be the link instead');
  }
  if (!found.isFile()) throw corrupt(path, 'it is not a file');
  if (found.size === 0) throw corrupt(path, 'the file is empty');
  // SQLite takes less than a header for an empty database.
  if (found.size < leastBytes) throw corrupt(path, `it is cut short, to ${found.size} bytes`);
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

/** A workspace had a database once; an empty one in its place would be a lie about what was accepted. */
export function lostFile(path: string, recordedIn: string, rows: number): HostError {
  return new HostError(
    'STORE_CORRUPT',
    `${path} cannot be used: it is gone, and ${recordedIn} says that it had ${rows} rows`,
    {
      hint: `Nothing was changed. Put back a copy of it, or remove ${recordedIn} to start with an empty history.`,
      details: { path, cause: 'it is gone', recordedIn, rows },
    },
  );
}

export function newer(path: string, version: number): HostError {
  return new HostError(
    'STORE_NEWER',
    `${path} was written by a newer Capstan (schema ${version}; this one knows ${migrations.length})`,
    { hint: 'Update Capstan, or use another workspace.', details: { path, version } },
  );
}

export function older(path: string): HostError {
  return new HostError(
    'STORE_WRITE_FAILED',
    `${path} was written by an older Capstan and has not been brought up to date yet`,
    { hint: 'Run something in this workspace once, such as `capstan run`.', details: { path } },
  );
}

/** What SQLite or the file system threw while opening, in the words of the error table. */
export function asStoreError(error: unknown, path: string): HostError {
  if (error instanceof HostError) return error;
  const code = sqliteCode(error);
  if (code === sqlite.notADatabase) return corrupt(path, 'it is not a database', error);
  if (code === sqlite.corrupt) return corrupt(path, 'the database is damaged or cut short', error);
  // SQLite says only that it was "unable to open", or an "I/O error".
  const why = !mayWrite(dirname(path))
    ? 'its folder cannot be written, being on a read-only disk or not yours'
    : isForbidden(path)
      ? 'you may not read and write it'
      : messageOf(error);
  return new HostError('STORE_WRITE_FAILED', `${path} cannot be opened: ${why}`, {
    hint: 'Check the space, the permissions and the disk below this path.',
    cause: error,
    details: { path },
  });
}

export const mayWrite = (path: string): boolean => may(path, constants.W_OK);

/** There, but not for this user. */
const isForbidden = (path: string): boolean =>
  may(path, constants.F_OK) && !may(path, constants.R_OK | constants.W_OK);

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
