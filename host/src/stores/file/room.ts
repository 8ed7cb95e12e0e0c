import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { sqlite, sqliteCode } from '../sqlite.ts';

export interface Room {
  bytes: number;
  /** Infinity where the file system makes them as it needs them. */
  files: number;
}

/** What the disk below a path still takes. */
export function roomFor(path: string): Room {
  const { bavail, bsize, files, ffree } = statfsSync(dirname(path));
  return { bytes: bavail * bsize, files: files === 0 ? Number.POSITIVE_INFINITY : ffree };
}

const fullCodes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * Whether an error means that the disk is full. Not every one says so: without a free inode SQLite is
 * "unable to open", and shared memory that cannot grow is an "I/O error".
 */
export function isDiskFull(error: unknown, path: string): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (sqliteCode(each) === sqlite.full) return true;
    if ('code' in each && fullCodes.has(each.code)) return true;
  }
  if (sqliteCode(error) === null) return false;
  try {
    const { bytes, files } = roomFor(path);
    return bytes === 0 || files === 0;
  } catch {
    return false;
  }
}
