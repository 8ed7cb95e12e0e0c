import type { Sqlite } from '../sqlite.ts';
import { readHead } from './append.ts';
import type { RawJournalRow } from './chain.ts';

export const rowsPerPage = 200;

export interface Page {
  rows: RawJournalRow[];
  /** Rows of which the database cannot be made to say anything. */
  unreadable: { seq: number; error: unknown }[];
  /** The next page is after this one; null when there is none. */
  next: number | null;
}

/**
 * A page of the journal, also of a damaged one: where a page cannot be read as a whole, its rows are asked
 * for one by one, so that one bad leaf of the tree does not hide the rest.
 */
export function readPage(db: Sqlite, after: number): Page {
  try {
    const sql = 'SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?';
    const rows = db.all<RawJournalRow>(sql, after, rowsPerPage);
    const isLast = rows.length < rowsPerPage;
    return { rows, unreadable: [], next: isLast ? null : (rows.at(-1)?.seq ?? null) };
  } catch {
    return readOneByOne(db, after);
  }
}

function readOneByOne(db: Sqlite, after: number): Page {
  const last = Math.min(after + rowsPerPage, readHead(db).seq);
  const page: Page = { rows: [], unreadable: [], next: last === after + rowsPerPage ? last : null };
  for (let seq = after + 1; seq <= last; seq++) {
    try {
      const row = db.one<RawJournalRow>('SELECT * FROM journal WHERE seq = ?', seq);
      if (row !== undefined) page.rows.push(row);
    } catch (error) {
      page.unreadable.push({ seq, error });
    }
  }
  return page;
}
