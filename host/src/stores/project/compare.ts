import type { Row, Sqlite } from '../sqlite.ts';

export interface Difference {
  table: string;
  key: string;
  message: string;
}

/** The tables that follow from the journal, with the columns that name a row. */
const projected: { readonly [table: string]: readonly string[] } = {
  jobs: ['job_id'],
  attempts: ['job_id', 'attempt'],
  runs: ['run_id'],
  run_nodes: ['run_id', 'node_id'],
  artifacts: ['job_id', 'attempt', 'position'],
  instances: ['instance_id'],
};

/** Every row in which the tables of `found` are not those of `replayed`, table by table. */
export function* compareTables(found: Sqlite, replayed: Sqlite): Generator<Difference> {
  for (const [table, key] of Object.entries(projected)) {
    const sql = `SELECT * FROM ${table} ORDER BY ${key.join(', ')}`;
    const expected = replayed.each(sql);
    const actual = found.each(sql);
    let want = expected.next();
    let have = actual.next();
    while (want.done !== true || have.done !== true) {
      const order = compareKeys(key, want, have);
      if (order === 0 && want.done !== true && have.done !== true) {
        const wrong = Object.keys(want.value).filter(
          (column) => want.value?.[column] !== have.value?.[column],
        );
        if (wrong.length > 0) {
          const name = keyOf(key, want.value);
          const message = `${table} ${name}: ${wrong.join(', ')} is not what the journal says`;
          yield { table, key: name, message };
        }
        want = expected.next();
        have = actual.next();
      } else if (order < 0 && want.done !== true) {
        const name = keyOf(key, want.value);
        yield {
          table,
          key: name,
          message: `${table} ${name} is in the journal but not in the table`,
        };
        want = expected.next();
      } else if (have.done !== true) {
        const name = keyOf(key, have.value);
        yield {
          table,
          key: name,
          message: `${table} ${name} is in the table but not in the journal`,
        };
        have = actual.next();
      }
    }
  }
}

type Step = IteratorResult<Row, unknown>;

/** Negative when `a` comes first; a side that has ended comes last. */
function compareKeys(key: readonly string[], a: Step, b: Step): number {
  if (a.done === true) return 1;
  if (b.done === true) return -1;
  for (const column of key) {
    const left = a.value[column] ?? null;
    const right = b.value[column] ?? null;
    if (left === right) continue;
    if (left === null || right === null) return left === null ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return 0;
}

const keyOf = (key: readonly string[], row: Row): string =>
  key.map((column) => `${row[column] as string | number}`).join('/');
