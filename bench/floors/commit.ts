import { DatabaseSync } from 'node:sqlite';

/** What no ledger can do without: a row in a synced transaction of a database that others write too. */
export interface BareLedger {
  commit: () => void;
  close: () => void;
}

export function openBareLedger(path: string): BareLedger {
  const database = new DatabaseSync(path, { timeout: 60_000 });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec('CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, payload TEXT)');
  const insert = database.prepare('INSERT INTO events (payload) VALUES (?)');
  const payload = 'x'.repeat(500);
  return {
    commit: () => {
      database.exec('BEGIN IMMEDIATE');
      insert.run(payload);
      database.exec('COMMIT');
    },
    close: () => database.close(),
  };
}
