import { setImmediate as nextTurn } from 'node:timers/promises';
import { openForReading } from '../file/open.ts';
import { asStoreError } from '../file/refusals.ts';
import { Findings, type VerifyProblem } from './findings.ts';
import { readPage } from './read-rows.ts';
import { Replay } from './replay.ts';

export interface ReplayReport {
  ok: boolean;
  /** Rows of the journal that were played. */
  rows: number;
  /** Rows that each table has after them. */
  tables: { [table: string]: number };
  /** The first twenty. */
  problems: VerifyProblem[];
}

/**
 * Plays the journal into empty tables and compares every row of them with what is there. Less than
 * `verifyJournal`, which does this too: for the moment after a migration, say, when one wants to know just
 * this. Throws STORE_CORRUPT for a database that cannot be read.
 */
export async function replayCheck(
  path: string,
  signal?: AbortSignal,
  onRows?: (rows: number) => void,
): Promise<ReplayReport> {
  const findings = new Findings();
  const db = openForReading(path);
  const replay = new Replay(db, findings);
  try {
    for (let after: number | null = 0; after !== null; ) {
      signal?.throwIfAborted();
      const page = readPage(db, after);
      findings.follow(page);
      replay.play(page);
      onRows?.(findings.rows);
      after = page.next;
      // oxlint-disable-next-line no-await-in-loop -- the point is to let others have their turn
      await nextTurn();
    }
    const suspects = await replay.suspects(db, signal);
    db.exec('BEGIN');
    for (let isLast = false; !isLast; ) {
      const page = readPage(db, findings.head.seq);
      findings.follow(page);
      replay.play(page);
      isLast = page.next === null;
    }
    replay.settle(db, suspects);
    db.exec('COMMIT');
    const { rows, problems } = findings;
    return { ok: problems.length === 0, rows, tables: replay.counts(), problems };
  } catch (error) {
    signal?.throwIfAborted();
    throw asStoreError(error, path);
  } finally {
    replay.close();
    db.close();
  }
}
