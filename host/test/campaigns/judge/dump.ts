import { createHash } from 'node:crypto';
import type { Sqlite } from '../../../src/stores/sqlite.ts';

const tables = new WeakMap<Sqlite, string[]>();

/** Everything a database says, as a hash: equal dumps are equal to the byte. */
export function dumpHash(db: Sqlite): string {
  const hash = createHash('sha256');
  for (const sql of selects(db)) {
    hash.update(sql);
    for (const row of db.each(sql)) hash.update(JSON.stringify(Object.values(row)));
  }
  return hash.digest('hex');
}

function selects(db: Sqlite): string[] {
  const known = tables.get(db);
  if (known !== undefined) return known;
  const names = db.all<{ name: string }>(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
  );
  const made = names.map(({ name }) => {
    const keys = db.all<{ name: string; pk: number }>(
      `SELECT name, pk FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk`,
      name,
    );
    return `SELECT * FROM ${name} ORDER BY ${keys.map((key) => key.name).join(', ')}`;
  });
  tables.set(db, made);
  return made;
}
