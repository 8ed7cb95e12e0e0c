import { invariant } from '../../errors.ts';
import type { LedgerEvent } from '../../kernel/leases/index.ts';
import { sha256 } from '../journal/hash.ts';
import type { Sqlite } from '../sqlite.ts';

/** A row of `events` as SQLite holds it. */
export interface EventRow {
  seq: number;
  at: string;
  boot_id: string;
  boot_ms: number;
  type: string;
  lease_id: string | null;
  payload: string;
  prev_hash: string;
  hash: string;
}

/** A row of a projection; `sum` is over all the rest. */
export interface BodyRow {
  number: number;
  body: string;
  sum: string;
}

export type Projection = 'head' | 'leases' | 'waiters' | 'spawns' | 'endings';

/** SHA-256 over the JSON array of the columns in table order: no two different rows have the same encoding. */
export const eventHash = (row: Omit<EventRow, 'hash'>): string =>
  sha256(
    JSON.stringify([
      row.seq,
      row.at,
      row.boot_id,
      row.boot_ms,
      row.type,
      row.lease_id,
      row.payload,
      row.prev_hash,
    ]),
  );

export const sumOf = (table: Projection, number: number, body: string): string =>
  sha256(`${table} ${number} ${body}`).slice(0, 32);

/** What `rowDamaged` throws, for the ledger to put its path before it. */
export class Damage extends Error {}

/** The body of a row that is what was written. */
export function bodyOf<T>(table: Projection, { number, body, sum }: BodyRow): T {
  if (sumOf(table, number, body) !== sum) {
    throw new Damage(`row ${number} of its ${table} is not what was written`);
  }
  return JSON.parse(body) as T;
}

/** The event of a row that follows on the hash before. */
export function eventOf(row: EventRow, prevHash: string): LedgerEvent {
  if (row.prev_hash !== prevHash || eventHash(row) !== row.hash) {
    throw new Damage(`event ${row.seq} of its log is not what was written`);
  }
  return asEvent(row);
}

export const asEvent = (row: EventRow): LedgerEvent =>
  ({
    seq: row.seq,
    at: row.at,
    bootId: row.boot_id,
    bootMs: row.boot_ms,
    type: row.type,
    leaseId: row.lease_id,
    payload: JSON.parse(row.payload) as unknown,
  }) as LedgerEvent;

export function rowOf(event: LedgerEvent, prevHash: string): EventRow {
  const row = {
    seq: event.seq,
    at: event.at,
    boot_id: event.bootId,
    boot_ms: event.bootMs,
    type: event.type,
    lease_id: event.leaseId,
    payload: JSON.stringify(event.payload),
    prev_hash: prevHash,
  };
  return { ...row, hash: eventHash(row) };
}

/** The type of the row with which the log ends. */
export const endType = 'end';

/** Puts an event in the place of the end, and the end after it. */
export function insertEvent(db: Sqlite, row: EventRow): void {
  db.run(
    `REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?), (?, '', '', 0, '${endType}', NULL, '', ?, '')`,
    row.seq,
    row.at,
    row.boot_id,
    row.boot_ms,
    row.type,
    row.lease_id,
    row.payload,
    row.prev_hash,
    row.hash,
    row.seq + 1,
    row.hash,
  );
}

/** All rows from number `seq` on: events, and what the log ends with. */
export const rowsFrom = (db: Sqlite, seq: number): EventRow[] =>
  db.all<EventRow>('SELECT * FROM events WHERE seq >= ? ORDER BY seq', seq);

/** Of the event of this number; null where there is none. */
export const hashOf = (db: Sqlite, seq: number): string | null =>
  db.one<{ hash: string }>('SELECT hash FROM events WHERE seq = ?', seq)?.hash ?? null;

/** Where the ledger is, beside what `LedgerState` says; on disk, where it was when its tables were written last. */
export interface Head {
  ledgerId: string;
  seq: number;
  hash: string;
  bootId: string | null;
  bootMs: number;
  formerBoot: { id: string; ms: number } | null;
  token: number;
  /**
   * No token above it was ever given. It reaches the disk before any of those below it is given, whatever becomes of
   * commits that were not synced.
   */
  reservedToken: number;
  tickets: number;
  /** The first event that counts: a checkpoint, or 1. Those before it are removed little by little. */
  firstSeq: number;
  leases: number;
  waiters: number;
  spawns: number;
}

export function readHead(db: Sqlite): Head {
  const row = db.one<{ body: string; sum: string }>('SELECT body, sum FROM head WHERE only = 1');
  if (row === undefined) throw new Damage('it does not say how far its tables go');
  return bodyOf<Head>('head', { number: 1, ...row });
}

export function writeHead(db: Sqlite, head: Head): void {
  const body = JSON.stringify(head);
  const changed = db.run(
    'UPDATE head SET body = ?, sum = ? WHERE only = 1',
    body,
    sumOf('head', 1, body),
  );
  invariant(changed === 1, 'a ledger has one head');
}
