import { statSync } from 'node:fs';
import type { EventDraft, LedgerEvent, LedgerState } from '../../kernel/leases/index.ts';
import { invariant } from '../../errors.ts';
import { type Sqlite, sqlite, sqliteCode } from '../sqlite.ts';
import { type Note, NoteKeeper, readNote, refuseOlder } from './note.ts';
import { openLedger, type OpenOptions } from './open.ts';
import { Patience } from './patience.ts';
import { Known } from './known.ts';
import { readEnding } from './projections.ts';
import { asFailure, asUnreadable, unreadable } from './refusals.ts';
import { Damage, type Head, insertEvent, readHead, rowOf } from './rows.ts';

/** When and where a transaction happens, for the events that it writes. */
export interface Moment {
  bootId: string;
  bootMs: number;
  /** ISO 8601, UTC. */
  at: string;
}

/**
 * `synced`: on disk before it returns. `quick`: lost only when the machine itself stops, and with it everything it was
 * about; that later commits come after it holds in any case.
 */
export type Durability = 'synced' | 'quick';

export interface LedgerFileOptions extends OpenOptions {
  /** How long to wait for others who write. */
  busyMs: number;
}

/** So many tokens are set aside at once, so that only every so many grants have to be synced for their sake. */
const tokenBlock = 1000;
/** More grants than one transaction can have. */
const tokensAtOnce = 300;
/** Events that the tables may lack: what writing them costs is shared by so many, and whoever opens it applies them. */
const mostBehind = 64;

/**
 * A ledger's file, which any number of processes have open. Each keeps what the events have come to in memory and
 * reads, inside its transaction, only those that others have added since; so nothing takes longer when the log is long.
 *
 * What is in memory is thrown away whenever a transaction fails, and read again from the tables.
 */
export class LedgerFile {
  readonly path: string;
  readonly #options: LedgerFileOptions;
  readonly #patience: Patience;
  readonly #note: NoteKeeper;
  #db: Sqlite | null = null;
  #inode = 0;
  #known: Known | null = null;
  #dataVersion = -1;
  #isSynced = true;
  #isClosed = false;

  constructor(path: string, options: LedgerFileOptions) {
    this.path = path;
    this.#options = options;
    this.#patience = new Patience(path, options.busyMs);
    this.#note = new NoteKeeper(path);
    this.#open();
  }

  /** What was known when it was last looked; null before. For guesses only. */
  get lastKnown(): LedgerState | null {
    return this.#known?.state ?? null;
  }

  /**
   * Runs `work` alone among all writers, on what is true now; what it appends is there when this returns, and nothing
   * of it when it throws.
   */
  transact<T>(moment: () => Moment, durability: Durability, work: (tx: LedgerTransaction) => T): T {
    const db = this.#opened();
    invariant(
      !db.raw.isTransaction,
      'what runs inside a transaction of a ledger asks nothing of it',
    );
    this.#patience.leaveToOthers();
    try {
      this.#sync(db, durability === 'synced');
      this.#patience.until(() => db.run('BEGIN IMMEDIATE'));
      // Nobody else writes it now.
      const note = this.#known === null ? readNote(this.path) : null;
      const now = moment();
      const version = dataVersion(db);
      const isSame = this.#known !== null && version === this.#dataVersion;
      const known = isSame ? (this.#known as Known) : this.#refresh(db, now.bootId, note);
      this.#dataVersion = version;
      if (!this.#isSynced && known.state.token + tokensAtOnce > known.head.reservedToken) {
        db.exec('ROLLBACK');
        return this.transact(moment, 'synced', work);
      }
      const tx = new LedgerTransaction(db, this.path, now, {
        current: () => this.#known as Known,
        reload: () => {
          this.#known = Known.read(db, readHead(db), now.bootId);
        },
      });
      const value = work(tx);
      if (tx.hasWritten) this.#commit(db, this.#known as Known);
      else db.exec('ROLLBACK');
      return value;
    } catch (error) {
      throw this.#failed(db, error, asFailure);
    }
  }

  /** Events that count, as of the last look. */
  get length(): number {
    const head = this.#known?.head;
    return head === undefined ? 0 : head.seq - head.firstSeq + 1;
  }

  /** Looks at what is true now; `about`: at how that lease ended too, if it did. */
  read<T>(
    bootId: string,
    work: (state: LedgerState, db: Sqlite, head: Head) => T,
    about?: string,
  ): T {
    const db = this.#opened();
    try {
      return this.#patience.until(() => {
        if (this.#known === null || this.#dataVersion !== dataVersion(db)) this.#look(db, bootId);
        const { state, head } = this.#known as Known;
        if (about !== undefined) recall(db, state, about);
        return work(state, db, head);
      });
    } catch (error) {
      throw this.#failed(db, error, asUnreadable);
    }
  }

  /** Looks at the file itself, whatever it says. */
  inspect<T>(work: (db: Sqlite, head: Head) => T): T {
    const db = this.#opened();
    try {
      return this.#patience.until(() => {
        db.exec('BEGIN');
        try {
          return work(db, readHead(db));
        } finally {
          db.exec('COMMIT');
        }
      });
    } catch (error) {
      throw this.#failed(db, error, asUnreadable);
    }
  }

  /** Removes events before `seq` that no longer count. Whether there are more of them. */
  remove(moment: () => Moment, seq: number): boolean {
    return this.transact(moment, 'quick', (tx) => {
      const end = Math.min(seq, tx.head.firstSeq);
      tx.hasWritten = tx.db.run('DELETE FROM events WHERE seq < ?', end) > 0;
      return end < tx.head.firstSeq;
    });
  }

  /** Changes whenever somebody else has written; reads one number from memory that all share. */
  version(): number {
    const db = this.#opened();
    return this.#patience.until(() => dataVersion(db));
  }

  /** What was put off while there was more to do. */
  rest(): void {
    this.#note.flush();
  }

  close(): void {
    this.#isClosed = true;
    this.#note.close();
    this.#release();
  }

  #release(): void {
    this.#db?.close();
    this.#db = null;
    this.#known = null;
  }

  #look(db: Sqlite, bootId: string): void {
    try {
      const note = this.#known === null ? readNote(this.path) : null;
      db.exec('BEGIN');
      this.#dataVersion = dataVersion(db);
      this.#refresh(db, bootId, note);
      db.exec('COMMIT');
    } catch (error) {
      this.#forget(db);
      throw error;
    }
  }

  #failed(db: Sqlite, error: unknown, explain: typeof asFailure): unknown {
    this.#forget(db);
    const code = sqliteCode(error);
    // After a failed write nobody knows what reached the disk: the next one looks afresh.
    if (code !== null && code !== sqlite.busy) this.#release();
    return error instanceof Damage
      ? unreadable(this.path, error.message)
      : explain(error, this.path);
  }

  #open(): Sqlite {
    const db = openLedger(this.path, this.#patience, this.#options);
    this.#db = db;
    this.#known = null;
    this.#dataVersion = -1;
    this.#isSynced = true;
    this.#inode = this.#inodeNow();
    return db;
  }

  #opened(): Sqlite {
    invariant(!this.#isClosed, `the ledger ${this.path} is closed`);
    const db = this.#db ?? this.#open();
    if (this.#inodeNow() === this.#inode) return db;
    throw unreadable(this.path, 'the file was removed or replaced while it was in use');
  }

  #inodeNow(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.ino ?? 0;
  }

  #sync(db: Sqlite, isSynced: boolean): void {
    if (this.#isSynced !== isSynced)
      db.exec(`PRAGMA synchronous = ${isSynced ? 'FULL' : 'NORMAL'}`);
    this.#isSynced = isSynced;
  }

  #commit(db: Sqlite, known: Known): void {
    const { head, state } = known;
    const isLow = this.#isSynced && head.reservedToken - state.token < tokenBlock / 2;
    if (isLow) head.reservedToken = state.token + tokenBlock;
    if (isLow || known.behind >= mostBehind) known.writeTables(db);
    db.run('COMMIT');
    if (this.#isSynced) this.#note.write(head);
  }

  #forget(db: Sqlite): void {
    this.#known = null;
    this.#dataVersion = -1;
    try {
      if (db.raw.isOpen && db.raw.isTransaction) db.exec('ROLLBACK');
    } catch {
      // After a failed sync nobody knows what the connection believes: the next one begins afresh.
      db.close();
      this.#db = null;
    }
  }

  /** Brings what is in memory to what the transaction sees. */
  #refresh(db: Sqlite, bootId: string, note: Note | null): Known {
    const head = readHead(db);
    const known = this.#known;
    const seq = known?.head.seq;
    if (known?.follow(db, head) === true) {
      if (known.head.seq !== seq) this.#patience.noteOthers();
      return known;
    }
    const read = Known.read(db, head, bootId);
    if (known === null) refuseOlder(db, read.head, this.path, note);
    this.#known = read;
    return read;
  }
}

interface Memory {
  current(): Known;
  /** From what the transaction sees. */
  reload(): void;
}

/** What may be done inside a transaction. */
export class LedgerTransaction {
  readonly moment: Moment;
  readonly path: string;
  readonly db: Sqlite;
  readonly #memory: Memory;
  /** Without it there is nothing to commit. */
  hasWritten = false;

  constructor(db: Sqlite, path: string, moment: Moment, memory: Memory) {
    this.db = db;
    this.path = path;
    this.moment = moment;
    this.#memory = memory;
  }

  get state(): LedgerState {
    return this.#memory.current().state;
  }

  get head(): Head {
    return this.#memory.current().head;
  }

  append(draft: EventDraft): LedgerEvent {
    const known = this.#memory.current();
    const { seq, hash } = known.head;
    const event: LedgerEvent = { ...draft, seq: seq + 1, ...this.moment };
    const row = rowOf(event, hash);
    this.hasWritten = true;
    insertEvent(this.db, row);
    known.append(event, row.hash);
    return event;
  }

  /** Brings the tables to where the log is, which otherwise happens now and then. */
  writeTables(): void {
    this.hasWritten = true;
    this.#memory.current().writeTables(this.db);
  }

  /** Looks up how a lease ended that is not live, so that the state can tell. */
  recall(leaseId: string): void {
    recall(this.db, this.state, leaseId);
  }

  /** When `work` throws, nothing of it is left, and all that came before it in this transaction is. */
  attempt<T>(work: () => T): T {
    this.db.run('SAVEPOINT attempt');
    try {
      const value = work();
      this.db.run('RELEASE attempt');
      return value;
    } catch (error) {
      // Where SQLite itself has given up, the whole transaction is gone.
      if (!this.db.raw.isTransaction) throw error;
      this.db.exec('ROLLBACK TO attempt; RELEASE attempt');
      this.#memory.reload();
      throw error;
    }
  }
}

function recall(db: Sqlite, { leases, endings }: LedgerState, leaseId: string): void {
  if (leases.has(leaseId) || endings.has(leaseId)) return;
  const ending = readEnding(db, leaseId);
  if (ending !== null) endings.set(leaseId, ending);
}

const dataVersion = (db: Sqlite): number =>
  db.one<{ data_version: number }>('PRAGMA data_version')?.data_version ?? 0;
