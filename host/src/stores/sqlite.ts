import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { HostError, invariant } from '../errors.ts';

export type Row = { [column: string]: SQLInputValue };

/** A connection that prepares each statement once. Columns come back as SQLite stores them. */
export class Sqlite {
  readonly raw: DatabaseSync;
  /** Where the values lie that are too large for this database; null where there are none. */
  payloadsDir: string | null = null;
  readonly #statements = new Map<string, StatementSync>();

  constructor(raw: DatabaseSync) {
    this.raw = raw;
  }

  one<T = Row>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.#prepared(sql).get(...values) as T | undefined;
  }

  all<T = Row>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#prepared(sql).all(...values) as T[];
  }

  each<T = Row>(sql: string, ...values: SQLInputValue[]): IterableIterator<T> {
    return this.#prepared(sql).iterate(...values) as IterableIterator<T>;
  }

  /** How many rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepared(sql).run(...values).changes);
  }

  exec(sql: string): void {
    this.raw.exec(sql);
  }

  /** Both by `exec`: that is where the campaigns' broken hosts are broken on purpose. */
  begin(): void {
    this.exec('BEGIN IMMEDIATE');
  }

  commit(): void {
    this.exec('COMMIT');
  }

  pragma(name: string): number {
    const row = this.raw.prepare(`PRAGMA ${name}`).get();
    const value = row === undefined ? undefined : Object.values(row)[0];
    invariant(typeof value === 'number', `PRAGMA ${name} answers with a number`);
    return value;
  }

  /** Inside one `BEGIN IMMEDIATE`; rolled back when `work` throws. */
  transaction<T>(work: () => T): T {
    this.begin();
    try {
      const value = work();
      this.commit();
      return value;
    } catch (error) {
      if (this.raw.isTransaction) this.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.raw.isOpen) this.raw.close();
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.raw.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** Opens a connection with the settings every one of ours has. */
export function openSqlite(
  path: string | URL,
  options: { readOnly?: boolean; timeout?: number } = {},
): Sqlite {
  return new Sqlite(new DatabaseSync(path, { timeout: 5_000, ...options }));
}

/** SQLite's primary result code of what was thrown, or null when it came from elsewhere. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : null;
}

export const sqlite = {
  error: 1,
  busy: 5,
  corrupt: 11,
  full: 13,
  tooBig: 18,
  constraint: 19,
  mismatch: 20,
  range: 25,
  notADatabase: 26,
} as const;

const needed = [3, 51, 3] as const;

/** Earlier releases could corrupt a WAL file that several processes share. */
export function assertSqliteVersion(): void {
  const release = process.versions.sqlite ?? 'unknown';
  const found = release.split('.').map(Number);
  for (const [index, least] of needed.entries()) {
    const part = found[index] ?? 0;
    if (part > least) return;
    if (part < least) {
      throw new HostError(
        'INTERNAL',
        `this Node brings SQLite ${release}; ${needed.join('.')} is needed`,
        { hint: 'Use the Node that Capstan pins, or a newer one.' },
      );
    }
  }
}
