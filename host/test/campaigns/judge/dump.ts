import { createHash } from 'node:crypto';
import type { Sqlite } from '../../../src/stores/sqlite.ts';

/** Everything a database says, as a hash: equal dumps are equal to the byte. */
export function dumpHash(db: Sqlite): string {
  const hash = createHash('sha256');
  const tables = db.all<{ name: string }>(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
  );
  for (const { name } of tables) {
    hash.update(name);
    const keys = db.all<{ name: string }>(
      'SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk',
      name,
    );
    const rows = db.each(
      `SELECT * FROM ${name} ORDER BY ${keys.map((key) => key.name).join(', ')}`,
    );
    for (const row of rows) hash.update(JSON.stringify(Object.values(row)));
  }
  return hash.digest('hex');
}
