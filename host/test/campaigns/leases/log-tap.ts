import { DatabaseSync } from 'node:sqlite';
import type { LoggedEvent } from '../../../src/leases/index.ts';

interface Row {
  seq: number;
  at: string;
  boot_id: string;
  boot_ms: number;
  type: string;
  lease_id: string | null;
  payload: string;
}

/**
 * Every event of a ledger, also those that a compaction removes: a trigger in the file copies each row into a
 * table of ours, in the transaction that writes it.
 */
export class LogTap {
  readonly #database: DatabaseSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 60_000 });
    this.#database.exec(`
      CREATE TABLE tapped (seq INTEGER PRIMARY KEY, at TEXT, boot_id TEXT, boot_ms INTEGER, type TEXT,
        lease_id TEXT, payload TEXT) STRICT;
      INSERT INTO tapped SELECT seq, at, boot_id, boot_ms, type, lease_id, payload FROM events
        WHERE type <> 'end';
      CREATE TRIGGER tap AFTER INSERT ON events WHEN new.type <> 'end' BEGIN
        INSERT INTO tapped VALUES
          (new.seq, new.at, new.boot_id, new.boot_ms, new.type, new.lease_id, new.payload);
      END;
    `);
  }

  /** What came since the last time. */
  next(): LoggedEvent[] {
    const rows = this.#database
      .prepare('SELECT * FROM tapped ORDER BY seq')
      .all() as unknown as Row[];
    const last = rows.at(-1);
    if (last !== undefined) {
      this.#database.prepare('DELETE FROM tapped WHERE seq <= ?').run(last.seq);
    }
    return rows.map(({ seq, at, boot_id, boot_ms, type, lease_id, payload }) => ({
      seq,
      at,
      bootId: boot_id,
      bootMs: boot_ms,
      type,
      leaseId: lease_id,
      payload: JSON.parse(payload) as LoggedEvent['payload'],
    }));
  }

  close(): void {
    this.#database.close();
  }
}
