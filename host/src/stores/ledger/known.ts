import {
  applyEvent,
  type Changes,
  type Ending,
  type LedgerEvent,
  type LedgerState,
} from '../../kernel/leases/index.ts';
import type { Sqlite } from '../sqlite.ts';
import { addEndings, type Numbers, putRow, readTables } from './projections.ts';
import {
  Damage,
  endType,
  eventOf,
  type EventRow,
  type Head,
  hashOf,
  rowsFrom,
  writeHead,
} from './rows.ts';

/** Further behind than this, the tables are read instead of the events. */
const mostToFollow = 2000;

/**
 * A ledger in memory: what its events have come to, and which rows of its tables are not yet what they should be. The
 * tables stand at an event of their own, `#tablesSeq`, and the log goes on from there.
 */
export class Known {
  readonly state: LedgerState;
  /** Where the log is; how many rows it names are those of the tables. */
  head: Head;
  readonly #numbers: Numbers;
  #tablesSeq: number;
  /** By the number of the row, the last event that changed it, and whose row it is. */
  readonly #leases = new Map<number, { seq: number; id: string }>();
  readonly #spawns = new Map<number, { seq: number; id: string }>();
  readonly #waiters = new Map<number, number>();
  #endings: { seq: number; ending: Ending }[] = [];

  private constructor(head: Head, { state, numbers }: ReturnType<typeof readTables>) {
    this.state = state;
    this.head = head;
    this.#numbers = numbers;
    this.#tablesSeq = head.seq;
  }

  /**
   * Reads the tables and the events since. `bootId`: of this boot of the machine. Commits that were not synced may be
   * lost with the boot in which they were made, and their tokens with them.
   */
  static read(db: Sqlite, head: Head, bootId: string): Known {
    const known = new Known({ ...head }, readTables(db, head));
    if (head.seq > 0 && hashOf(db, head.seq) !== head.hash) {
      throw new Damage(`its tables go to event ${head.seq}, and its log has none like it`);
    }
    known.#apply(rowsFrom(db, head.seq + 1));
    const isNewBoot = head.bootId !== null && head.bootId !== bootId;
    if (isNewBoot) known.state.token = Math.max(known.state.token, head.reservedToken);
    return known;
  }

  /** Events that the tables do not have yet. */
  get behind(): number {
    return this.head.seq - this.#tablesSeq;
  }

  /** Applies what others have added. False when it cannot: the ledger has to be read anew. */
  follow(db: Sqlite, head: Head): boolean {
    if (head.seq < this.#tablesSeq || head.firstSeq > this.head.seq + 1) return false;
    if (head.seq - this.head.seq > mostToFollow) return false;
    this.#apply(rowsFrom(db, this.head.seq + 1));
    this.head = { ...head, seq: this.head.seq, hash: this.head.hash };
    this.#forgetWritten(head.seq);
    return true;
  }

  /** An event of ours, which has its row. */
  append(event: LedgerEvent, hash: string): void {
    this.#note(applyEvent(this.state, event), event.seq);
    this.head.seq = event.seq;
    this.head.hash = hash;
  }

  /** Ended leases of which the tables do not tell yet, the oldest first. */
  unwrittenEndings(): Ending[] {
    return this.#endings.map(({ ending }) => ending);
  }

  /** Brings the tables to where the log is. */
  writeTables(db: Sqlite): void {
    const { state, head } = this;
    // What came and went since has no row.
    const hasRow = (number: number): boolean => number <= this.#tablesSeq;
    for (const [number, { id }] of this.#leases) {
      const lease = state.leases.get(id);
      if (lease !== undefined || hasRow(number)) putRow(db, 'leases', number, lease);
    }
    for (const [number, { id }] of this.#spawns) {
      const spawn = state.spawns.get(id);
      if (spawn !== undefined || hasRow(number)) putRow(db, 'spawns', number, spawn);
    }
    for (const ticket of this.#waiters.keys()) {
      putRow(db, 'waiters', ticket, state.waiters.get(ticket));
    }
    addEndings(db, this.unwrittenEndings());
    const { seq, bootId, bootMs, formerBoot, token, tickets } = state;
    Object.assign(head, { seq, bootId, bootMs, formerBoot, token, tickets });
    head.leases = state.leases.size;
    head.waiters = state.waiters.size;
    head.spawns = state.spawns.size;
    writeHead(db, head);
    this.#forgetWritten(head.seq);
  }

  #apply(rows: EventRow[]): void {
    const end = rows.pop();
    for (const row of rows) {
      if (row.seq !== this.head.seq + 1) {
        throw new Damage(`its log has no event ${this.head.seq + 1}`);
      }
      this.append(eventOf(row, this.head.hash), row.hash);
    }
    const { seq, hash } = this.head;
    if (end?.type !== endType || end.seq !== seq + 1 || end.prev_hash !== hash) {
      throw new Damage(`its log has lost its end, after event ${seq}`);
    }
  }

  #note(changes: Changes, seq: number): void {
    const { state } = this;
    note(changes.leases, seq, state.leases, this.#numbers.leases, this.#leases);
    note(changes.spawns, seq, state.spawns, this.#numbers.spawns, this.#spawns);
    for (const ticket of changes.waiters) this.#waiters.set(ticket, seq);
    for (const id of changes.endings) {
      const ending = state.endings.get(id);
      if (ending !== undefined) this.#endings.push({ seq, ending });
    }
  }

  /** The tables go to there now, whoever has written them. */
  #forgetWritten(tablesSeq: number): void {
    if (tablesSeq === this.#tablesSeq) return;
    this.#tablesSeq = tablesSeq;
    for (const rows of [this.#leases, this.#spawns]) {
      for (const [number, { seq }] of rows) if (seq <= tablesSeq) rows.delete(number);
    }
    for (const [ticket, seq] of this.#waiters) if (seq <= tablesSeq) this.#waiters.delete(ticket);
    this.#endings = this.#endings.filter(({ seq }) => seq > tablesSeq);
  }
}

/** Which rows an event has changed; those of what it brought have its number. */
function note(
  ids: readonly string[],
  seq: number,
  there: ReadonlyMap<string, object>,
  numbers: Map<string, number>,
  unwritten: Map<number, { seq: number; id: string }>,
): void {
  for (const id of ids) {
    const number = numbers.get(id) ?? seq;
    unwritten.set(number, { seq, id });
    if (there.has(id)) numbers.set(id, number);
    else numbers.delete(id);
  }
}
