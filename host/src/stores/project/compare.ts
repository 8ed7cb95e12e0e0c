import type { SQLInputValue } from 'node:sqlite';
import type { Row, Sqlite } from '../sqlite.ts';

/** A row in which a table is not what the journal says. */
export interface Difference {
  table: string;
  key: string;
  message: string;
}

/** A row that looked different when it was read; its journal rows may have been on their way. */
export interface Suspect {
  table: string;
  key: readonly SQLInputValue[];
}

/** The tables that follow from the journal, with the columns that name a row. */
const projected: { readonly [table: string]: readonly string[] } = {
  jobs: ['job_id'],
  attempts: ['job_id', 'attempt'],
  runs: ['run_id'],
  run_nodes: ['run_id', 'node_id'],
  artifacts: ['job_id', 'attempt', 'position'],
  instances: ['instance_id'],
  profiles: ['instance_id', 'config_hash'],
  job_tallies: ['instance_id'],
  job_minutes: ['minute', 'outcome'],
};

export const projectedTables: readonly string[] = Object.keys(projected);

const rowsPerPage = 500;

/**
 * Every row in which the tables of `found` are not those of `replayed`, in pages of short reads, so that
 * no reader stands in the way of the writer's log. Yields after each page, empty or not, for the caller to
 * let others have a turn.
 */
export function* suspectRows(found: Sqlite, replayed: Sqlite): Generator<Suspect[]> {
  for (const [table, key] of Object.entries(projected)) {
    let after: readonly SQLInputValue[] | null = null;
    for (;;) {
      const want = page(replayed, table, key, after);
      const have = page(found, table, key, after);
      // Beyond the shorter page nobody knows yet what the other side has.
      const end = earlierEnd(key, want, have);
      yield differing(table, key, upTo(key, want, end), upTo(key, have, end));
      if (end === null) break;
      after = end;
    }
  }
}

/** What is wrong with a row now, or null. */
export function differenceIn(found: Sqlite, replayed: Sqlite, suspect: Suspect): Difference | null {
  const { table, key } = suspect;
  const columns = projected[table] ?? [];
  const sql = `SELECT * FROM ${table} WHERE ${columns.map((name) => `${name} = ?`).join(' AND ')}`;
  const want = replayed.one(sql, ...key);
  const have = found.one(sql, ...key);
  const name = key.join('/');
  const tell = (message: string): Difference => ({ table, key: name, message });
  if (want === undefined && have === undefined) return null;
  if (have === undefined) return tell(`${table} ${name} is in the journal but not in the table`);
  if (want === undefined) return tell(`${table} ${name} is in the table but not in the journal`);
  const wrong = Object.keys(want).filter((column) => want[column] !== have[column]);
  if (wrong.length === 0) return null;
  return tell(
    `${table} ${name}: ${wrong.join(', ')} ${wrong.length === 1 ? 'is' : 'are'} not what the journal says`,
  );
}

export function countRows(db: Sqlite, table: string): number {
  return db.one<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n ?? 0;
}

type Key = readonly SQLInputValue[];

function page(db: Sqlite, table: string, key: readonly string[], after: Key | null): Row[] {
  const names = key.join(', ');
  const from = after === null ? '' : `WHERE (${names}) > (${key.map(() => '?').join(', ')})`;
  const sql = `SELECT * FROM ${table} ${from} ORDER BY ${names} LIMIT ${rowsPerPage}`;
  return db.all(sql, ...(after ?? []));
}

const keyOf = (key: readonly string[], row: Row): Key => key.map((column) => row[column] ?? null);

/** The last key that both sides have been read up to; null when both have been read to their ends. */
function earlierEnd(key: readonly string[], want: Row[], have: Row[]): Key | null {
  const ends = [want, have]
    .filter((rows) => rows.length === rowsPerPage)
    .map((rows) => keyOf(key, rows.at(-1) as Row));
  return ends.toSorted(compareKeys)[0] ?? null;
}

const upTo = (key: readonly string[], rows: Row[], end: Key | null): Row[] =>
  end === null ? rows : rows.filter((row) => compareKeys(keyOf(key, row), end) <= 0);

function differing(table: string, key: readonly string[], want: Row[], have: Row[]): Suspect[] {
  const expected = new Map(want.map((row) => [JSON.stringify(keyOf(key, row)), row]));
  const suspects: Suspect[] = [];
  for (const row of have) {
    const name = JSON.stringify(keyOf(key, row));
    const other = expected.get(name);
    expected.delete(name);
    const isSame = other !== undefined && Object.keys(other).every((c) => other[c] === row[c]);
    if (!isSame) suspects.push({ table, key: keyOf(key, row) });
  }
  for (const row of expected.values()) suspects.push({ table, key: keyOf(key, row) });
  return suspects;
}

/** In SQLite's order of keys: numbers by value, texts by their bytes. */
function compareKeys(a: Key, b: Key): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (left === right) continue;
    if (typeof left === 'string' && typeof right === 'string') {
      return Buffer.compare(Buffer.from(left), Buffer.from(right));
    }
    return (left as number) < (right as number) ? -1 : 1;
  }
  return 0;
}
