import type { Ending, Lease, LedgerState, Spawn, Waiter } from '../../kernel/leases/index.ts';
import { emptyState, keptEndings } from '../../kernel/leases/index.ts';
import type { Sqlite } from '../sqlite.ts';
import { type BodyRow, bodyOf, Damage, type Head, type Projection, sumOf } from './rows.ts';

/** The numbers that leases and spawns have in their tables, by their ids: of the event that granted or announced them. */
export interface Numbers {
  leases: Map<string, number>;
  spawns: Map<string, number>;
}

/** What the tables say, however long the log is. How leases ended is looked up when somebody asks for one. */
export function readTables(db: Sqlite, head: Head): { state: LedgerState; numbers: Numbers } {
  const state = emptyState();
  const { seq, bootId, bootMs, formerBoot, token, tickets } = head;
  Object.assign(state, { seq, bootId, bootMs, formerBoot, token, tickets });
  const numbers: Numbers = { leases: new Map(), spawns: new Map() };
  for (const row of rowsOf(db, 'leases', head.leases)) {
    const lease = bodyOf<Lease>('leases', row);
    state.leases.set(lease.id, lease);
    numbers.leases.set(lease.id, row.number);
  }
  for (const row of rowsOf(db, 'waiters', head.waiters)) {
    state.waiters.set(row.number, bodyOf<Waiter>('waiters', row));
  }
  for (const row of rowsOf(db, 'spawns', head.spawns)) {
    const spawn = bodyOf<Spawn>('spawns', row);
    state.spawns.set(spawn.id, spawn);
    numbers.spawns.set(spawn.id, row.number);
  }
  return { state, numbers };
}

function rowsOf(db: Sqlite, table: 'leases' | 'waiters' | 'spawns', expected: number): BodyRow[] {
  const rows = db.all<BodyRow>(`SELECT number, body, sum FROM ${table} ORDER BY number`);
  if (rows.length !== expected) {
    throw new Damage(`it should have ${expected} ${table}, and has ${rows.length}`);
  }
  return rows;
}

/** How leases ended that the tables know, the oldest first. */
export const readEndings = (db: Sqlite): Ending[] =>
  db
    .all<BodyRow>('SELECT number, body, sum FROM endings ORDER BY number DESC LIMIT ?', keptEndings)
    .toReversed()
    .map((row) => bodyOf<Ending>('endings', row));

export function readEnding(db: Sqlite, leaseId: string): Ending | null {
  const row = db.one<BodyRow>(
    'SELECT number, body, sum FROM endings WHERE id = ? ORDER BY number DESC',
    leaseId,
  );
  return row === undefined ? null : bodyOf<Ending>('endings', row);
}

/** Writes what a table says of this number from now on: nothing, where there is no value. */
export function putRow(
  db: Sqlite,
  table: Exclude<Projection, 'head' | 'endings'>,
  number: number,
  value: object | undefined,
): void {
  if (value === undefined) {
    db.run(`DELETE FROM ${table} WHERE number = ?`, number);
    return;
  }
  const body = JSON.stringify(value);
  const sum = sumOf(table, number, body);
  db.run(`INSERT OR REPLACE INTO ${table} (number, body, sum) VALUES (?, ?, ?)`, number, body, sum);
}

const removedAtOnce = 100;

export function addEndings(db: Sqlite, endings: readonly Ending[]): void {
  if (endings.length === 0) return;
  const last = db.one<{ number: number | null }>('SELECT max(number) AS number FROM endings');
  const before = last?.number ?? 0;
  let number = before;
  for (const ending of endings) {
    number += 1;
    const body = JSON.stringify(ending);
    const sum = sumOf('endings', number, body);
    db.run('INSERT INTO endings VALUES (?, ?, ?, ?)', number, ending.leaseId, body, sum);
  }
  // Some more are kept than count, so that the oldest need not be touched every time.
  if (Math.trunc(number / removedAtOnce) > Math.trunc(before / removedAtOnce)) {
    db.run('DELETE FROM endings WHERE number <= ?', number - keptEndings);
  }
}
