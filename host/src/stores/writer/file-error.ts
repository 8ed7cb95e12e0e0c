import { HostError, messageOf } from '../../errors.ts';
import { isDiskFull } from '../file/room.ts';
import { PayloadNotWritten } from '../journal/payload-files.ts';
import { type Sqlite, sqlite, sqliteCode } from '../sqlite.ts';

/** Errors of one statement leave the transaction open; all others speak of the file. */
export function isFileError(db: Sqlite, error: unknown): boolean {
  if (!db.raw.isTransaction || error instanceof PayloadNotWritten) return true;
  const code = sqliteCode(error);
  return code !== null && !statementErrors.has(code);
}

const statementErrors: ReadonlySet<number> = new Set([
  sqlite.error,
  sqlite.tooBig,
  sqlite.constraint,
  sqlite.mismatch,
  sqlite.range,
]);

export function writeFailed(path: string, error: unknown): HostError {
  if (error instanceof HostError) return error;
  const isFull = isDiskFull(error, path);
  const cause = isFull ? 'the disk is full' : messageOf(error);
  return new HostError('STORE_WRITE_FAILED', `${path} could not be written: ${cause}`, {
    hint: isFull
      ? 'Free some space on this disk. Capstan tries again by itself.'
      : 'Check the disk and the permissions below this path. Capstan tries again by itself.',
    details: { path, cause },
    cause: error,
  });
}
