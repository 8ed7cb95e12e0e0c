import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JsonObject } from '@capstan/protocol';
import { HostError, messageOf } from '../../errors.ts';
import { departureFrom, readRecordedHead } from '../file/head.ts';
import { openForReading, openInMemory } from '../file/open.ts';
import { restoredWarning } from '../file/warnings.ts';
import type { Suspect } from '../project/compare.ts';
import type { Sqlite } from '../sqlite.ts';
import { type Head, readHead } from './append.ts';
import type { RawJournalRow } from './chain.ts';
import { Findings, mostProblems, type VerifyProblem } from './findings.ts';
import { type Page, readPage } from './read-rows.ts';
import { Replay } from './replay.ts';
import { StoredValues } from './stored-values.ts';

export interface VerifyReport {
  ok: boolean;
  /** Rows of the journal that were read. */
  rows: number;
  head: Head;
  /** The first twenty. */
  problems: VerifyProblem[];
  /** What was done to the store and may be right, such as putting back an older copy. */
  warnings: string[];
  /** Files of large values that nothing refers to; they do no harm. */
  orphans: number;
}

/**
 * Reads the whole journal on a connection of its own and says whether anything was changed behind
 * Capstan's back: the file's own structure, the triggers that keep the journal append-only, every row's
 * hash and place in the chain, the head, every large value, and that the tables of jobs and runs are what
 * the journal says. Someone who can rewrite the whole file consistently, from the first row to the last,
 * is not noticed; keep `head` elsewhere for that.
 *
 * Works beside a host that writes, in short reads: a reader that holds on to one moment of the database
 * would keep the write-ahead log from ever being folded in.
 */
export async function verifyJournal(
  path: string,
  signal?: AbortSignal,
  onRows?: (rows: number) => void,
): Promise<VerifyReport> {
  const verification = new Verification(path, signal, onRows);
  try {
    await verification.run();
  } finally {
    verification.close();
  }
  return verification.report();
}

class Verification {
  readonly #path: string;
  readonly #signal: AbortSignal | undefined;
  readonly #onRows: ((rows: number) => void) | undefined;
  readonly #findings = new Findings();
  readonly #warnings: string[] = [];
  #orphans = 0;
  #db: Sqlite | undefined;
  #replay: Replay | undefined;

  constructor(path: string, signal?: AbortSignal, onRows?: (rows: number) => void) {
    this.#path = path;
    this.#signal = signal;
    this.#onRows = onRows;
  }

  async run(): Promise<void> {
    const db = this.#try(() => openForReading(this.#path));
    if (db === undefined) return;
    this.#db = db;
    // Each part says what it can, whatever the others found.
    this.#try(() => this.#file(db));
    this.#try(() => this.#departure(db));
    const values = new StoredValues(db);
    const replay = new Replay(db, this.#findings);
    this.#replay = replay;
    await this.#rows(db, replay, values);
    await this.#changedValues(values);
    const suspects = await this.#suspects(db, replay);
    this.#try(() => {
      db.exec('BEGIN');
      this.#rest(db, replay, values);
      this.#head(db);
      replay.settle(db, suspects);
      db.exec('COMMIT');
    });
    this.#orphans = values.orphans();
  }

  report(): VerifyReport {
    const { rows, head, problems } = this.#findings;
    const orphans = this.#orphans;
    return { ok: problems.length === 0, rows, head, problems, warnings: this.#warnings, orphans };
  }

  close(): void {
    this.#replay?.close();
    this.#db?.close();
  }

  #try<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#fileProblem(error);
      return undefined;
    }
  }

  #fileProblem(error: unknown): void {
    if (this.#signal?.aborted === true) throw error;
    const message =
      error instanceof HostError
        ? error.message
        : `${this.#path} cannot be read: ${messageOf(error)}`;
    if (this.#findings.problems.some((known) => known.message === message)) return;
    this.#findings.add({ kind: 'file', message });
  }

  #file(db: Sqlite): void {
    const found = db.all<{ integrity_check: string }>(`PRAGMA integrity_check(${mostProblems})`);
    for (const { integrity_check: message } of found) {
      // Half of the places, so that what is wrong with rows is told too.
      if (message === 'ok' || this.#findings.problems.length >= mostProblems / 2) continue;
      this.#findings.add({ kind: 'file', message });
    }
    for (const message of schemaProblems(db)) this.#findings.add({ kind: 'schema', message });
  }

  #departure(db: Sqlite): void {
    const departure = departureFrom(db, readRecordedHead(this.#path));
    if (departure !== null) this.#warnings.push(departure.message);
  }

  /** Follows the chain, and plays every row again. */
  async #rows(db: Sqlite, replay: Replay, values: StoredValues): Promise<void> {
    for (let after: number | null = 0; after !== null; ) {
      this.#signal?.throwIfAborted();
      const page: Page | undefined = this.#try(() => readPage(db, after as number));
      if (page === undefined) return;
      this.#page(page, replay, values);
      this.#onRows?.(this.#findings.rows);
      after = page.next;
      // oxlint-disable-next-line no-await-in-loop -- the point is to let others have their turn
      await nextTurn();
    }
  }

  /** What was appended while the rest was read. */
  #rest(db: Sqlite, replay: Replay, values: StoredValues): void {
    for (;;) {
      const page = readPage(db, this.#findings.head.seq);
      this.#page(page, replay, values);
      if (page.next === null) return;
    }
  }

  #page(page: Page, replay: Replay, values: StoredValues): void {
    this.#findings.follow(page);
    for (const raw of page.rows) {
      const payload = parsed(raw);
      // A payload that is no JSON is told of by the replay.
      if (payload === null) continue;
      for (const message of values.problemsOf(raw.seq, payload)) {
        this.#findings.add({ kind: 'payload', seq: raw.seq, message });
      }
      if (raw.event_type === 'store_restored') this.#warnings.push(restoredWarning(raw, payload));
    }
    replay.play(page);
  }

  async #changedValues(values: StoredValues): Promise<void> {
    try {
      for (const hash of values.changedInTable()) {
        if (hash !== null) {
          const message = `the stored value ${hash} was changed`;
          this.#findings.add({ kind: 'payload', key: hash, message });
          continue;
        }
        this.#signal?.throwIfAborted();
        // oxlint-disable-next-line no-await-in-loop -- the point is to let others have their turn
        await nextTurn();
      }
    } catch (error) {
      this.#fileProblem(error);
    }
  }

  async #suspects(db: Sqlite, replay: Replay): Promise<Suspect[]> {
    try {
      return await replay.suspects(db, this.#signal);
    } catch (error) {
      this.#fileProblem(error);
      return [];
    }
  }

  #head(db: Sqlite): void {
    const recorded = readHead(db);
    const { seq, hash } = this.#findings.head;
    if (recorded.seq === seq && recorded.hash === hash) return;
    const message =
      recorded.seq > seq
        ? `the journal ends at row ${seq}, but ${recorded.seq} rows were written`
        : `the journal's end (row ${seq}) is not the one recorded (row ${recorded.seq})`;
    this.#findings.add({ kind: 'head', seq, message });
  }
}

function parsed(raw: RawJournalRow): JsonObject | null {
  try {
    return JSON.parse(raw.payload) as JsonObject;
  } catch {
    return null;
  }
}

/** What the migrations make, looked up once. */
let ours: Map<string, string> | null = null;

function expectedSchema(): Map<string, string> {
  const fresh = openInMemory();
  const schema = schemaOf(fresh);
  fresh.close();
  return schema;
}

function schemaProblems(db: Sqlite): string[] {
  ours ??= expectedSchema();
  const expected = ours;
  const found = schemaOf(db);
  const problems: string[] = [];
  for (const [name, sql] of expected) {
    if (found.get(name) === sql) continue;
    problems.push(`${name} ${found.has(name) ? 'was changed' : 'is missing'} in the schema`);
  }
  for (const name of found.keys()) {
    if (!expected.has(name)) problems.push(`${name} is not ours`);
  }
  return problems;
}

function schemaOf(db: Sqlite): Map<string, string> {
  const rows = db.all<{ type: string; name: string; sql: string }>(
    `SELECT type, name, coalesce(sql, '') AS sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'`,
  );
  return new Map(rows.map(({ type, name, sql }) => [`${type} ${name}`, sql]));
}
