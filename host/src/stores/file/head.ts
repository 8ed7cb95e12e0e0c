import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { besideState } from '../../paths.ts';
import { type Head, readHead } from '../journal/append.ts';
import type { Sqlite } from '../sqlite.ts';

/**
 * `state.head` says where the journal of the `state.db` beside it ended: written when a host closes, and
 * now and then while it works, never with an fsync of its own. It is always behind the database or level
 * with it. So a database that is behind *it*, or says another thing at the same row, is an older copy or
 * another file, and one that is not there was lost.
 */
export interface RecordedHead extends Head {
  databaseId: string;
  schema: number;
}

/** Null where there is none, or none that can be read: after a power cut it may be empty. */
export function readRecordedHead(stateDb: string): RecordedHead | null {
  try {
    const found = JSON.parse(readFileSync(besideState(stateDb).stateHead, 'utf8')) as RecordedHead;
    const isWhole =
      Number.isInteger(found.seq) &&
      typeof found.hash === 'string' &&
      typeof found.databaseId === 'string';
    return isWhole ? found : null;
  } catch {
    return null;
  }
}

/** Never fails anybody: it is a note. */
export function recordHead(stateDb: string, head: RecordedHead, isSynced: boolean): void {
  const path = besideState(stateDb).stateHead;
  try {
    const making = `${path}.new`;
    const file = openSync(making, 'w', 0o600);
    try {
      writeSync(file, `${JSON.stringify(head)}\n`);
      if (isSynced) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(making, path);
  } catch {
    // A full disk, a read-only one: the database itself will say so.
  }
}

export function databaseIdOf(db: Sqlite): string {
  const found = db.one<{ value: string }>(`SELECT value FROM meta WHERE key = 'database_id'`);
  return found?.value ?? '';
}

export interface Departure {
  message: string;
  recorded: RecordedHead;
  found: Head;
}

/** In what the database is not the one that was recorded, or null. */
export function departureFrom(db: Sqlite, recorded: RecordedHead | null): Departure | null {
  if (recorded === null) return null;
  const found = readHead(db);
  const tell = (message: string): Departure => ({ message, recorded, found });
  if (databaseIdOf(db) !== recorded.databaseId) {
    return tell('state.db is another database than the one last used here');
  }
  if (found.seq < recorded.seq) {
    return tell(
      `state.db is an older copy: it ends at row ${found.seq}, and ${recorded.seq} rows were written`,
    );
  }
  if (recorded.seq === 0) return null;
  const row = db.one<{ hash: string }>('SELECT hash FROM journal WHERE seq = ?', recorded.seq);
  if (row?.hash === recorded.hash) return null;
  return tell(`state.db is another copy: its row ${recorded.seq} is not the one that was written`);
}
