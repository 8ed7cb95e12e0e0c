import type { JsonObject } from '@capstan/protocol';
import { openInMemory } from '../../../src/stores/file/open.ts';
import { chainHash, type RawJournalRow } from '../../../src/stores/journal/chain.ts';
import { projectedTables } from '../../../src/stores/project/compare.ts';
import { project } from '../../../src/stores/project/project.ts';
import type { Sqlite } from '../../../src/stores/sqlite.ts';

/**
 * What `journal verify` proves, on any open connection and at once: the chain of hashes, the head, and that
 * the tables are what replaying the journal gives. One replay database serves all: each replay is rolled back.
 */
export class QuickVerify {
  readonly #replayed = openInMemory();
  readonly #selects = projectedTables.map(
    (table) => [table, selectAll(this.#replayed, table)] as const,
  );

  problems(db: Sqlite): string[] {
    this.#replayed.exec('BEGIN');
    try {
      return [...this.#replay(db), ...this.#compare(db)];
    } finally {
      this.#replayed.exec('ROLLBACK');
    }
  }

  close(): void {
    this.#replayed.close();
  }

  #replay(db: Sqlite): string[] {
    const found: string[] = [];
    let before = { seq: 0, hash: '0'.repeat(64) };
    for (const raw of db.all<RawJournalRow>('SELECT * FROM journal ORDER BY seq')) {
      if (raw.seq !== before.seq + 1) found.push(`row ${raw.seq} follows row ${before.seq}`);
      if (raw.prev_hash !== before.hash) found.push(`row ${raw.seq} does not continue the chain`);
      if (chainHash(raw) !== raw.hash) found.push(`row ${raw.seq} was changed`);
      project(this.#replayed, { raw, payload: JSON.parse(raw.payload) as JsonObject }, db);
      before = { seq: raw.seq, hash: raw.hash };
    }
    const head = db.one<{ seq: number; hash: string }>('SELECT seq, hash FROM journal_head');
    if (head?.seq !== before.seq || head.hash !== before.hash)
      found.push('the head is not the end');
    return found;
  }

  #compare(db: Sqlite): string[] {
    const found: string[] = [];
    for (const [table, sql] of this.#selects) {
      const want = this.#replayed.all(sql).map((row) => JSON.stringify(row));
      const have = db.all(sql).map((row) => JSON.stringify(row));
      const wrong = have.findIndex((row, at) => row !== want[at]);
      if (wrong >= 0) found.push(`${table} has ${have[wrong]}, the journal says ${want[wrong]}`);
      else if (want.length > have.length) found.push(`${table} lacks ${want[have.length]}`);
    }
    return found;
  }
}

function selectAll(db: Sqlite, table: string): string {
  const keys = db.all<{ name: string }>(
    'SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk',
    table,
  );
  return `SELECT * FROM ${table} ORDER BY ${keys.map(({ name }) => name).join(', ')}`;
}
