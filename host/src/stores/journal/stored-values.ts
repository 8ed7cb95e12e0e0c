import { readdirSync } from 'node:fs';
import type { JsonObject } from '@capstan/protocol';
import { messageOf } from '../../errors.ts';
import type { Sqlite } from '../sqlite.ts';
import { sha256 } from './hash.ts';
import { hashOfPlace, placesOf, storedText } from './values.ts';

/** Places remembered as sound, so that a value many rows refer to is read once. */
const mostRemembered = 100_000;

/** Looks at the large values that journal rows refer to, in the table and in files. */
export class StoredValues {
  readonly #db: Sqlite;
  readonly #sound = new Set<string>();
  readonly #files = new Set<string>();

  constructor(db: Sqlite) {
    this.#db = db;
  }

  /** What is wrong with the large values of one row; each names the row. */
  problemsOf(seq: number, payload: JsonObject): string[] {
    return Object.entries(placesOf(payload)).flatMap(([member, place]) => {
      const { hash, isFile } = hashOfPlace(place);
      if (isFile) this.#files.add(hash);
      if (this.#sound.has(place)) return [];
      const wrong = this.#wrongAt(place, hash);
      if (wrong !== null) return [`the ${member} of journal row ${seq} ${wrong}`];
      if (this.#sound.size >= mostRemembered) this.#sound.clear();
      this.#sound.add(place);
      return [];
    });
  }

  /** Values in the table that were changed, whether or not a row refers to them. */
  *changedInTable(): Generator<string | null> {
    let after = '';
    for (;;) {
      const page = this.#db.all<{ hash: string; body: string }>(
        'SELECT hash, body FROM payloads WHERE hash > ? ORDER BY hash LIMIT 20',
        after,
      );
      for (const { hash, body } of page) {
        if (!this.#sound.has(hash) && sha256(body) !== hash) yield hash;
      }
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.hash;
      yield null;
    }
  }

  /** Files that no row refers to: of requests that were refused, or cut off before their commit. */
  orphans(): number {
    const dir = this.#db.payloadsDir;
    if (dir === null) return 0;
    try {
      return readdirSync(dir, { recursive: true, withFileTypes: true }).filter(
        (entry) => entry.isFile() && !this.#files.has(entry.name),
      ).length;
    } catch {
      return 0;
    }
  }

  #wrongAt(place: string, hash: string): string | null {
    try {
      // A file's hash is looked at when it is read; a row's is not.
      const text = storedText(this.#db, place);
      if (sha256(text) !== hash) return 'was changed in payloads';
      return place === hash && !this.#isNamed(hash) ? 'has lost its name in payloads' : null;
    } catch (error) {
      return `cannot be read: ${messageOf(error)}`;
    }
  }

  /** The value was found by the index; the row itself has to say the same. */
  #isNamed(hash: string): boolean {
    const sql = `SELECT hash FROM payloads NOT INDEXED
      WHERE rowid = (SELECT rowid FROM payloads WHERE hash = ?)`;
    return this.#db.one<{ hash: string }>(sql, hash)?.hash === hash;
  }
}
