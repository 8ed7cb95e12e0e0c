import { statSync } from 'node:fs';
import type { HostError } from '../../errors.ts';
import { failPoint } from '../../fail-points.ts';
import { besideState } from '../../paths.ts';
import { databaseIdOf, departureFrom, readRecordedHead, recordHead } from '../file/head.ts';
import { openStateFile } from '../file/open.ts';
import { asStoreError, corrupt } from '../file/refusals.ts';
import { Reserve } from '../file/reserve.ts';
import { isDiskFull } from '../file/room.ts';
import { type Head, JournalEnd } from '../journal/append.ts';
import type { RawJournalRow } from '../journal/chain.ts';
import { eventTextOf } from '../journal/event.ts';
import { PayloadNotWritten } from '../journal/payload-files.ts';
import type { Binder, EventSpec } from '../specs.ts';
import type { Sqlite } from '../sqlite.ts';
import { isFileError, writeFailed } from './file-error.ts';
import {
  type Checked,
  type FromWriter,
  type Request,
  sendable,
  type WriterOptions,
} from './messages.ts';
import { operations } from './operations/index.ts';
import { Plans } from './plans.ts';
import { Transaction, type WriterState } from './transaction.ts';

interface Wedge {
  cause: HostError;
  since: string;
  /** The row that tells of it is written. */
  isJournaled: boolean;
}

/** What one transaction has come to. */
type Done = Omit<FromWriter & { kind: 'committed' }, 'kind'>;

/**
 * The one owner of the write connection. Requests that arrive together share one transaction and one
 * fsync, and one that fails takes nothing with it. An answer is given after the commit, never before.
 *
 * An error of the file itself (full disk, I/O error, file gone) fails the whole transaction, and *breaks*
 * the writer: after a failed fsync nobody knows which pages reached the disk, so nothing is written until
 * `check` has closed the connection, opened the file afresh, and committed to it. It also *wedges* it,
 * which lasts longer: on a full disk the reserve is given up, and with that room reports of what has
 * happened are written, until the reserve could be made again.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #bind: Binder['bind'];
  readonly #reserve: Reserve;
  #state: WriterState;
  #inode: bigint;
  /** The end of the journal as of the last commit that was answered. */
  #told: Head;
  #recorded = -1;
  #broken: HostError | null = null;
  #wedge: Wedge | null = null;

  constructor(
    options: WriterOptions,
    bind: Binder['bind'],
    onWarning: (message: string) => void = () => {},
  ) {
    this.#options = options;
    this.#bind = bind;
    this.#state = this.#open();
    this.#told = this.#state.journal.head;
    this.#inode = inodeOf(options.stateDb);
    this.#noteDeparture();
    this.#reserve = new Reserve({
      path: besideState(options.stateDb).reserve,
      bytes: options.reserveBytes,
      onImpossible: (why) => onWarning(`nothing is kept back for a full disk: ${why}`),
    });
  }

  /** What need not be done before the first answer. */
  prepare(): void {
    this.#reserve.prepare(true);
  }

  perform(requests: readonly Request[]): FromWriter {
    const ids = requests.map(({ id }) => id);
    if (this.#broken !== null) return { kind: 'unwritten', ids, cause: sendable(this.#broken) };
    try {
      return this.#commit(requests);
    } catch (error) {
      return { kind: 'unwritten', ids, cause: sendable(this.#break(error)) };
    }
  }

  /**
   * Tries to write again, on a fresh connection where the last one failed. A commit that was reported as
   * failed may have reached the disk after all: those rows are told now.
   */
  check(nowMs: number): Checked {
    const events: string[] = [];
    try {
      if (this.#broken !== null) events.push(...this.#reopen());
      const wedge = this.#wedge;
      if (wedge === null) return { cause: null, takesReports: true, events };
      this.#assertSameFile();
      if (!wedge.isJournaled) {
        const { message } = wedge.cause;
        const payload = { cause: message, since: wedge.since };
        events.push(...this.#journal(nowMs, { eventType: 'store_wedged', payload }));
        wedge.isJournaled = true;
      }
      this.#reserve.prepare();
      if (!this.#reserve.isReady) return { cause: wedge.cause, takesReports: true, events };
      const payload = { wedgedMs: Math.max(0, nowMs - Date.parse(wedge.since)) };
      events.push(...this.#journal(nowMs, { eventType: 'store_recovered', payload }));
      this.#wedge = null;
      return { cause: null, takesReports: true, events };
    } catch (error) {
      return { cause: this.#break(error), takesReports: false, events };
    }
  }

  /**
   * Looks whether the file is still the one that was opened: a write to one that was deleted succeeds, and
   * is lost. Null while it is, or while that is known already.
   */
  watch(): FromWriter | null {
    if (this.#broken !== null) return null;
    try {
      this.#assertSameFile();
      return null;
    } catch (error) {
      return { kind: 'unwritten', ids: [], cause: sendable(this.#break(error)) };
    }
  }

  /** Writes beside the database how far it has come; see `file/head.ts`. */
  recordHead(isSynced = false): void {
    if (this.#broken !== null || this.#recorded === this.#told.seq) return;
    const { db } = this.#state;
    const head = { databaseId: databaseIdOf(db), schema: db.pragma('user_version'), ...this.#told };
    recordHead(this.#options.stateDb, head, isSynced);
    this.#recorded = this.#told.seq;
  }

  close(): void {
    if (!this.#state.db.raw.isOpen) return;
    this.recordHead(true);
    this.#state.db.close();
  }

  #open(): WriterState {
    const db = openStateFile(this.#options.stateDb, this.#options);
    return { db, journal: new JournalEnd(db), plans: new Plans(db), bind: this.#bind };
  }

  #reopen(): string[] {
    this.#state.db.close();
    // A file that is gone must come back; a new one in its place would forget everything.
    inodeOf(this.#options.stateDb);
    this.#state = this.#open();
    const events = eventsSince(this.#state.db, this.#told, this.#options.stateDb);
    this.#state.db.transaction(() => this.#state.journal.writeHead());
    this.#inode = inodeOf(this.#options.stateDb);
    this.#told = this.#state.journal.head;
    this.#broken = null;
    return events;
  }

  #break(error: unknown): HostError {
    const failure = writeFailed(this.#options.stateDb, error);
    const since = this.#wedge?.since ?? new Date().toISOString();
    this.#broken = failure;
    this.#wedge = { cause: failure, since, isJournaled: this.#wedge?.isJournaled ?? false };
    try {
      if (isDiskFull(error, this.#options.stateDb)) this.#reserve.release();
      const { db } = this.#state;
      if (db.raw.isOpen && db.raw.isTransaction) db.exec('ROLLBACK');
    } catch {
      // The connection is thrown away by the next check in any case.
    }
    return failure;
  }

  /** A restored copy is a lawful thing, but what it does not have was accepted once: the journal says so. */
  #noteDeparture(): void {
    const { stateDb } = this.#options;
    try {
      const departure = departureFrom(this.#state.db, readRecordedHead(stateDb));
      if (departure === null) return;
      const { message, recorded, found } = departure;
      const payload = {
        message,
        recorded: { seq: recorded.seq, hash: recorded.hash },
        found: { seq: found.seq, hash: found.hash },
      };
      this.#journal(Date.now(), { eventType: 'store_restored', payload });
      this.recordHead(true);
    } catch (error) {
      this.#state.db.close();
      throw asStoreError(error, stateDb);
    }
  }

  #assertSameFile(): void {
    if (inodeOf(this.#options.stateDb) === this.#inode) return;
    throw new Error('the file was replaced by another one');
  }

  /** Rows of the store about itself, in a transaction of their own. */
  #journal(nowMs: number, event: EventSpec): string[] {
    const { db, journal } = this.#state;
    const before = journal.head;
    try {
      const tx = new Transaction(this.#state, nowMs);
      db.transaction(() => {
        tx.emit(event);
        journal.writeHead();
      });
      this.#told = journal.head;
      return tx.emitted;
    } catch (error) {
      journal.rewind(before);
      throw error;
    }
  }

  #commit(requests: readonly Request[]): FromWriter {
    const { db, journal } = this.#state;
    this.#assertSameFile();
    db.begin();
    const done =
      (this.#wedge === null ? this.#performAll(requests) : null) ?? this.#performEach(requests);
    if (done.events.length > 0) journal.writeHead();
    failPoint('writer.before-commit');
    db.commit();
    failPoint('writer.after-commit');
    this.#told = journal.head;
    return { kind: 'committed', ...done };
  }

  /**
   * Requests hardly ever fail, and a savepoint costs each of them copies of all the pages that it changes. So they
   * are performed without; null, and nothing is written, when one of them failed.
   */
  #performAll(requests: readonly Request[]): Done | null {
    const { db, journal, plans } = this.#state;
    const before = journal.head;
    const done: Done = { answers: [], events: [], accepted: [] };
    try {
      for (const request of requests) this.#perform(request, done);
      return done;
    } catch (error) {
      if (isFileError(db, error)) throw error;
      db.exec('ROLLBACK');
      plans.clear();
      journal.rewind(before);
      db.begin();
      return null;
    }
  }

  /** Each with a savepoint, so that one that fails takes nothing with it. */
  #performEach(requests: readonly Request[]): Done {
    const { db, journal, plans } = this.#state;
    const unwritten: number[] = [];
    const done: Done = { answers: [], events: [], accepted: [] };
    for (const request of requests) {
      const before = journal.head;
      db.exec('SAVEPOINT request');
      try {
        this.#perform(request, done);
        db.exec('RELEASE request');
      } catch (error) {
        // A report whose large value finds no room on a disk that is full already; others still may.
        const mayWait = this.#wedge !== null && error instanceof PayloadNotWritten;
        if (isFileError(db, error) && !mayWait) throw error;
        db.exec('ROLLBACK TO request; RELEASE request');
        plans.clear();
        journal.rewind(before);
        if (mayWait) unwritten.push(request.id);
        else done.answers.push({ id: request.id, error: sendable(error) });
      }
    }
    return unwritten.length === 0 ? done : { ...done, unwritten };
  }

  #perform({ id, operation, args }: Request, done: Done): void {
    const { nowMs } = args as { nowMs: number };
    const tx = new Transaction(this.#state, nowMs);
    const operate = operations[operation] as (tx: Transaction, args: unknown) => unknown;
    const value = operate(tx, args);
    done.answers.push({ id, value });
    done.events.push(...tx.emitted);
    done.accepted.push(...tx.accepted);
  }
}

/** Throws unless the file goes on from the row that was told last: another copy of it would not. */
function eventsSince(db: Sqlite, told: Head, path: string): string[] {
  const known = db.one<{ hash: string }>('SELECT hash FROM journal WHERE seq = ?', told.seq);
  if (told.seq > 0 && known?.hash !== told.hash) {
    throw corrupt(path, 'it is another file than the one this host was using');
  }
  return db
    .all<RawJournalRow>('SELECT * FROM journal WHERE seq > ? ORDER BY seq', told.seq)
    .map(eventTextOf);
}

const inodeOf = (path: string): bigint => statSync(path, { bigint: true }).ino;
