import type {
  Changes,
  Ending,
  Lease,
  LedgerState,
  Spawn,
  Waiter,
} from '../../kernel/leases/index.ts';
import { emptyState, keptEndings } from '../../kernel/leases/index.ts';
import type { Sqlite } from '../sqlite.ts';
import { type BodyRow, bodyOf, Damage, type Head, type Projection, sumOf } from './rows.ts';

/** The state of a ledger in memory, with the numbers that its leases and spawns have in their tables. */
export interface Known {
  state: LedgerState;
  head: Head;
  leaseNumbers: Map<string, number>;
  spawnNumbers: Map<string, number>;
}

/** Read from the tables, however long the log is. How leases ended is looked up when somebody asks for one. */
export function loadKnown(db: Sqlite, head: Head): Known {
  const state = emptyState();
  const { seq, bootId, bootMs, formerBoot, token, tickets } = head;
  Object.assign(state, { seq, bootId, bootMs, formerBoot, token, tickets });
  const known: Known = { state, head, leaseNumbers: new Map(), spawnNumbers: new Map() };
  for (const row of rowsOf(db, 'leases', head.leases)) {
    const lease = bodyOf<Lease>('leases', row);
    state.leases.set(lease.id, lease);
    known.leaseNumbers.set(lease.id, row.number);
  }
  for (const row of rowsOf(db, 'waiters', head.waiters)) {
    state.waiters.set(row.number, bodyOf<Waiter>('waiters', row));
  }
  for (const row of rowsOf(db, 'spawns', head.spawns)) {
    const spawn = bodyOf<Spawn>('spawns', row);
    state.spawns.set(spawn.id, spawn);
    known.spawnNumbers.set(spawn.id, row.number);
  }
  return known;
}

function rowsOf(db: Sqlite, table: 'leases' | 'waiters' | 'spawns', expected: number): BodyRow[] {
  const rows = db.all<BodyRow>(`SELECT number, body, sum FROM ${table} ORDER BY number`);
  if (rows.length !== expected) {
    throw new Damage(`it should have ${expected} ${table}, and has ${rows.length}`);
  }
  return rows;
}

const removedAtOnce = 100;

/** How leases ended that is known, the oldest first. */
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

/** Brings the tables to where the state is, after the event of number `seq`. */
export function project(db: Sqlite, known: Known, changes: Changes, seq: number): void {
  const { state, leaseNumbers, spawnNumbers, head } = known;
  for (const id of new Set(changes.leases)) {
    const number = leaseNumbers.get(id) ?? seq;
    const lease = state.leases.get(id);
    head.leases += put(db, 'leases', number, lease);
    if (lease === undefined) leaseNumbers.delete(id);
    else leaseNumbers.set(id, number);
  }
  for (const ticket of new Set(changes.waiters)) {
    head.waiters += put(db, 'waiters', ticket, state.waiters.get(ticket));
  }
  for (const id of new Set(changes.spawns)) {
    const number = spawnNumbers.get(id) ?? seq;
    const spawn = state.spawns.get(id);
    head.spawns += put(db, 'spawns', number, spawn);
    if (spawn === undefined) spawnNumbers.delete(id);
    else spawnNumbers.set(id, number);
  }
  for (const id of changes.endings) noteEnding(db, state.endings.get(id));
}

/** By how many rows the table grew. */
function put(db: Sqlite, table: Projection, number: number, value: object | undefined): number {
  if (value === undefined) return -db.run(`DELETE FROM ${table} WHERE number = ?`, number);
  const body = JSON.stringify(value);
  const sum = sumOf(table, number, body);
  const there = db.run(`UPDATE ${table} SET body = ?, sum = ? WHERE number = ?`, body, sum, number);
  if (there > 0) return 0;
  return db.run(`INSERT INTO ${table} (number, body, sum) VALUES (?, ?, ?)`, number, body, sum);
}

function noteEnding(db: Sqlite, ending: Ending | undefined): void {
  if (ending === undefined) return;
  const last = db.one<{ number: number | null }>('SELECT max(number) AS number FROM endings');
  const number = (last?.number ?? 0) + 1;
  const body = JSON.stringify(ending);
  db.run(
    'INSERT INTO endings VALUES (?, ?, ?, ?)',
    number,
    ending.leaseId,
    body,
    sumOf('endings', number, body),
  );
  // Some more are kept than count, so that not every ending has to remove another.
  if (number % removedAtOnce === 0) {
    db.run('DELETE FROM endings WHERE number <= ?', number - keptEndings);
  }
}

/** How others have changed the numbers: those of what was granted or announced since. */
export function followNumbers(known: Known, changes: Changes, seq: number): void {
  const follow = (ids: string[], there: Map<string, object>, numbers: Map<string, number>) => {
    for (const id of ids) {
      if (!there.has(id)) numbers.delete(id);
      else if (!numbers.has(id)) numbers.set(id, seq);
    }
  };
  follow(changes.leases, known.state.leases, known.leaseNumbers);
  follow(changes.spawns, known.state.spawns, known.spawnNumbers);
}
