import { HostError } from '../../errors.ts';
import { asStoreError } from '../file/refusals.ts';
import { isDiskFull } from '../file/room.ts';
import { sqlite, sqliteCode } from '../sqlite.ts';

/** Why a ledger is not used. Nothing is granted by one that cannot be read: who holds what is never guessed. */
export function unreadable(path: string, why: string, hint?: string, cause?: unknown): HostError {
  return new HostError('LEDGER_UNREADABLE', `the ledger ${path} cannot be used: ${why}`, {
    hint:
      hint ??
      'Nothing is granted, and nothing was changed. Put back a copy of it; or, when nobody holds anything by it ' +
        `any more, move it away with its neighbours ${beside(path).join(', ')} to begin an empty one.`,
    details: { path, why },
    ...(cause === undefined ? {} : { cause }),
  });
}

export const noteOf = (path: string): string => path.replace(/(\.db)?$/, '.head');

const beside = (path: string): string[] =>
  [`${path}-wal`, `${path}-shm`, noteOf(path)].map((each) => each.slice(each.lastIndexOf('/') + 1));

export const newerLedger = (path: string, version: number, known: number): HostError =>
  unreadable(
    path,
    `it was written by a newer Capstan (schema ${version}; this one knows ${known})`,
    'Update Capstan: nothing is granted by an older one beside it.',
  );

/** What SQLite or the file system threw while a ledger was opened or read. */
export function asUnreadable(error: unknown, path: string): unknown {
  if (error instanceof HostError) {
    const why =
      error.details['cause'] ?? error.message.replace(/^.* cannot be (?:used|opened): /, '');
    return error.code === 'STORE_CORRUPT' || error.code === 'STORE_WRITE_FAILED'
      ? unreadable(path, String(why), undefined, error)
      : error;
  }
  // An empty one could not be made, which says nothing against what is there.
  if (isDiskFull(error, path)) return notWritten(error, path);
  const isOurs = sqliteCode(error) === null && !(error instanceof Error && 'syscall' in error);
  return isOurs ? error : asUnreadable(asStoreError(error, path), path);
}

const damage: ReadonlySet<number> = new Set([sqlite.corrupt, sqlite.notADatabase]);

/** What was thrown in the midst of a transaction. */
export function asFailure(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (code === null) return error;
  if (damage.has(code)) return asUnreadable(error, path);
  return notWritten(error, path);
}

function notWritten(error: unknown, path: string): HostError {
  const isFull = isDiskFull(error, path);
  const why = isFull ? 'the disk is full' : (error as Error).message;
  return new HostError('STORE_WRITE_FAILED', `the ledger ${path} could not be written: ${why}`, {
    hint: isFull
      ? 'Nothing was granted or changed. Free some space on this disk and try again.'
      : 'Nothing was granted or changed. Check the disk and the permissions below this path.',
    details: { path, cause: why },
    cause: error,
  });
}
