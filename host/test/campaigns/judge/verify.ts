import type { JsonObject } from '@capstan/protocol';
import { chainHash, type RawJournalRow } from '../../../src/stores/journal/chain.ts';
import { openInMemory } from '../../../src/stores/file/open.ts';
import { compareTables } from '../../../src/stores/project/compare.ts';
import { project } from '../../../src/stores/project/project.ts';
import type { Sqlite } from '../../../src/stores/sqlite.ts';

/**
 * What `journal verify` proves, on any open connection and at once: the chain of hashes, the head, and that
 * the tables are what replaying the journal gives. One replay database serves all: each replay is rolled back.
 */
export class QuickVerify {
  readonly #replayed = openInMemory();

  problems(db: Sqlite): string[] {
    const found: string[] = [];
    this.#replayed.exec('BEGIN');
    try {
      let before = { seq: 0, hash: '0'.repeat(64) };
      for (const raw of db.all<RawJournalRow>('SELECT * FROM journal ORDER BY seq')) {
        if (raw.seq !== before.seq + 1) found.push(`row ${raw.seq} follows row ${before.seq}`);
        if (raw.prev_hash !== before.hash) found.push(`row ${raw.seq} does not continue the chain`);
        if (chainHash(raw) !== raw.hash) found.push(`row ${raw.seq} was changed`);
        project(this.#replayed, { raw, payload: JSON.parse(raw.payload) as JsonObject }, db);
        before = { seq: raw.seq, hash: raw.hash };
      }
      const head = db.one<{ seq: number; hash: string }>('SELECT seq, hash FROM journal_head');
      if (head?.seq !== before.seq || head.hash !== before.hash) found.push('the head is not the end');
      for (const { message } of compareTables(db, this.#replayed)) found.push(message);
    } finally {
      this.#replayed.exec('ROLLBACK');
    }
    return found;
  }

  close(): void {
    this.#replayed.close();
  }
}
