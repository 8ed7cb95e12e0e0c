import { statSync } from 'node:fs';
import { HostError, messageOf } from '../../errors.ts';
import { openStateFile } from '../file/open.ts';
import { corrupt } from '../file/refusals.ts';
import { type Head, JournalEnd } from '../journal/append.ts';
import type { RawJournalRow } from '../journal/chain.ts';
import { journalRow } from '../journal/event.ts';
import type { JournalRow } from '../rows.ts';
import type { Binder } from '../specs.ts';
import { type Sqlite, sqlite, sqliteCode } from '../sqlite.ts';
import {
  type Answer,
  type FromWriter,
  type Request,
  sendable,
  type WriterOptions,
} from './messages.ts';
import { operations } from './operations/index.ts';
import { Plans } from './plans.ts';
import { Transaction, type WriterState } from './transaction.ts';

export interface Checked {
  /** Why it still cannot be written; null when it can. */
  cause: HostError | null;
  rows: JournalRow[];
}

/**
 * The one owner of the write connection. Requests that arrive together share one transaction and one
 * fsync; each has a savepoint of its own, so that one that fails takes nothing with it. An answer is
 * given after the commit, never before.
 *
 * An error of the file itself (full disk, I/O error, file gone) fails the whole transaction. From then on
 * nothing is accepted until `check` has closed the connection, opened the file afresh, and committed to
 * it: after a failed fsync nobody knows which pages reached the disk, so the old connection is not used.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #bind: Binder['bind'];
  #state: WriterState;
  #inode: bigint;
  /** The end of the journal as of the last commit that was answered. */
  #told: Head;
  #broken: HostError | null = null;

  constructor(options: WriterOptions, bind: Binder['bind']) {
    this.#options = options;
    this.#bind = bind;
    this.#state = this.#open();
    this.#told = this.#state.journal.head;
    this.#inode = inodeOf(options.stateDb);
  }

  perform(requests: readonly Request[]): FromWriter {
    const ids = requests.map(({ id }) => id);
    if (this.#broken !== null) return { kind: 'unwritten', ids, cause: sendable(this.#broken) };
    try {
      return this.#commit(requests);
    } catch (error) {
      this.#broken = writeFailed(this.#options.stateDb, error);
      this.#abandon();
      return { kind: 'unwritten', ids, cause: sendable(this.#broken) };
    }
  }

  /**
   * Tries to write again on a fresh connection. A commit that was reported as failed may have reached the
   * disk after all; `rows` are those of which nobody has heard yet.
   */
  check(): Checked {
    if (this.#broken === null) return { cause: null, rows: [] };
    try {
      this.#state.db.close();
      this.#state = this.#open();
      const rows = rowsSince(this.#state.db, this.#told, this.#options.stateDb);
      this.#state.db.transaction(() => this.#state.journal.writeHead());
      this.#inode = inodeOf(this.#options.stateDb);
      this.#told = this.#state.journal.head;
      this.#broken = null;
      return { cause: null, rows };
    } catch (error) {
      this.#broken = writeFailed(this.#options.stateDb, error);
      return { cause: this.#broken, rows: [] };
    }
  }

  close(): void {
    this.#state.db.close();
  }

  #open(): WriterState {
    // While wedged, a file that is gone must come back; a new one in its place would forget everything.
    if (this.#broken !== null) inodeOf(this.#options.stateDb);
    const db = openStateFile(this.#options.stateDb, this.#options);
    return { db, journal: new JournalEnd(db), plans: new Plans(db), bind: this.#bind };
  }

  #commit(requests: readonly Request[]): FromWriter {
    const { db, journal } = this.#state;
    // A write to a file that was deleted succeeds, and is lost.
    if (inodeOf(this.#options.stateDb) !== this.#inode) {
      throw new Error('the file was replaced by another one');
    }
    const answers: Answer[] = [];
    const rows: JournalRow[] = [];
    db.exec('BEGIN IMMEDIATE');
    for (const request of requests) answers.push(this.#perform(request, rows));
    if (rows.length > 0) journal.writeHead();
    db.exec('COMMIT');
    this.#told = journal.head;
    return { kind: 'committed', answers, rows };
  }

  #perform({ id, operation, args }: Request, rows: JournalRow[]): Answer {
    const { db, journal } = this.#state;
    const before = journal.head;
    db.exec('SAVEPOINT request');
    try {
      const { nowMs } = args as { nowMs: number };
      const tx = new Transaction(this.#state, nowMs);
      const operate = operations[operation] as (tx: Transaction, args: unknown) => unknown;
      const value = operate(tx, args);
      db.exec('RELEASE request');
      rows.push(...tx.emitted);
      return { id, value };
    } catch (error) {
      if (isFileError(db, error)) throw error;
      db.exec('ROLLBACK TO request; RELEASE request');
      this.#state.plans.clear();
      journal.rewind(before);
      return { id, error: sendable(error) };
    }
  }

  #abandon(): void {
    const { db } = this.#state;
    try {
      if (db.raw.isTransaction) db.exec('ROLLBACK');
    } catch {
      // The connection is thrown away by the next check in any case.
    }
  }
}

/** Errors of one statement leave the transaction open; all others speak of the file. */
function isFileError(db: Sqlite, error: unknown): boolean {
  if (!db.raw.isTransaction) return true;
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

/** Throws unless the file goes on from the row that was told last: another copy of it would not. */
function rowsSince(db: Sqlite, told: Head, path: string): JournalRow[] {
  const known = db.one<{ hash: string }>('SELECT hash FROM journal WHERE seq = ?', told.seq);
  if (told.seq > 0 && known?.hash !== told.hash) {
    throw corrupt(path, 'it is another file than the one this host was using');
  }
  return db
    .all<RawJournalRow>('SELECT * FROM journal WHERE seq > ? ORDER BY seq', told.seq)
    .map((raw) => journalRow(raw));
}

const inodeOf = (path: string): bigint => statSync(path, { bigint: true }).ino;

function writeFailed(path: string, error: unknown): HostError {
  if (error instanceof HostError) return error;
  const isFull = sqliteCode(error) === sqlite.full;
  const cause = isFull ? 'the disk is full' : messageOf(error);
  return new HostError('STORE_WRITE_FAILED', `${path} could not be written: ${cause}`, {
    hint: isFull
      ? 'Free some space on this disk. Capstan tries again by itself.'
      : 'Check the disk and the permissions below this path. Capstan tries again by itself.',
    details: { path, cause },
    cause: error,
  });
}
