import { existsSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JsonObject } from '@capstan/protocol';
import { HostError, messageOf } from '../../errors.ts';
import { openForReading, openInMemory } from '../file/open.ts';
import { genesisHash } from '../file/migrations.ts';
import { compareTables } from '../project/compare.ts';
import { project } from '../project/project.ts';
import type { Sqlite } from '../sqlite.ts';
import { type Head, readHead } from './append.ts';
import { chainHash, type RawJournalRow } from './chain.ts';
import { sha256 } from './hash.ts';

export interface VerifyReport {
  ok: boolean;
  /** Rows of the journal that were read. */
  rows: number;
  head: Head;
  /** The first twenty. */
  problems: VerifyProblem[];
}

export interface VerifyProblem {
  kind: 'file' | 'schema' | 'chain' | 'head' | 'payload' | 'replay' | 'table';
  /** The journal row, where it is one. */
  seq?: number;
  /** The table and the row in it, where it is one of those. */
  table?: string;
  key?: string;
  message: string;
}

const mostProblems = 20;
const rowsPerTurn = 1_000;

/**
 * Reads the whole journal on a connection of its own and says whether anything was changed behind
 * Capstan's back: the file's own structure, the triggers that keep the journal append-only, every row's
 * hash and place in the chain, the head, every large value, and that the tables of jobs and runs are what
 * the journal says. Someone who can rewrite the whole file consistently, from the first row to the last,
 * is not noticed; keep `head` elsewhere for that.
 */
export async function verifyJournal(path: string, signal?: AbortSignal): Promise<VerifyReport> {
  if (!existsSync(path))
    return { ok: true, rows: 0, head: { seq: 0, hash: genesisHash }, problems: [] };
  const findings = new Findings();
  let db: Sqlite | undefined;
  try {
    db = openForReading(path);
    // One snapshot, so that the tables are compared with the very journal that was read.
    db.exec('BEGIN');
    await verifyAll(db, findings, signal);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    findings.add({ kind: 'file', message: fileProblem(error, path) });
  } finally {
    db?.close();
  }
  return findings.report();
}

const fileProblem = (error: unknown, path: string): string =>
  error instanceof HostError ? error.message : `${path} cannot be read: ${messageOf(error)}`;

class Findings {
  readonly problems: VerifyProblem[] = [];
  rows = 0;
  head: Head = { seq: 0, hash: genesisHash };

  add(problem: VerifyProblem): void {
    if (this.problems.length < mostProblems) this.problems.push(problem);
  }

  report(): VerifyReport {
    const { rows, head, problems } = this;
    return { ok: problems.length === 0, rows, head, problems };
  }
}

async function verifyAll(db: Sqlite, findings: Findings, signal?: AbortSignal): Promise<void> {
  verifyFile(db, findings);
  const replayed = openInMemory();
  try {
    await verifyRows(db, replayed, findings, signal);
    verifyHead(db, findings);
    await verifyPayloads(db, findings, signal);
    for (const difference of compareTables(db, replayed)) {
      findings.add({ kind: 'table', ...difference });
      await nextTurn();
    }
  } finally {
    replayed.close();
  }
}

function verifyFile(db: Sqlite, findings: Findings): void {
  for (const { integrity_check: found } of db.all<{ integrity_check: string }>(
    `PRAGMA integrity_check(${mostProblems})`,
  )) {
    if (found !== 'ok') findings.add({ kind: 'file', message: found });
  }
  const fresh = openInMemory();
  const expected = schemaOf(fresh);
  fresh.close();
  const found = schemaOf(db);
  for (const [name, sql] of expected) {
    if (found.get(name) === sql) continue;
    const what = found.has(name) ? 'was changed' : 'is missing';
    findings.add({ kind: 'schema', message: `${name} ${what} in the schema` });
  }
  for (const name of found.keys()) {
    if (!expected.has(name)) findings.add({ kind: 'schema', message: `${name} is not ours` });
  }
}

function schemaOf(db: Sqlite): Map<string, string> {
  const rows = db.all<{ type: string; name: string; sql: string }>(
    `SELECT type, name, coalesce(sql, '') AS sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'`,
  );
  return new Map(rows.map(({ type, name, sql }) => [`${type} ${name}`, sql]));
}

/** Follows the chain, and plays every sound row again. */
async function verifyRows(
  db: Sqlite,
  replayed: Sqlite,
  findings: Findings,
  signal?: AbortSignal,
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const page = db.all<RawJournalRow>(
      'SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?',
      findings.head.seq,
      rowsPerTurn,
    );
    for (const raw of page) {
      verifyLink(raw, findings);
      replay(replayed, db, raw, findings);
    }
    if (page.length < rowsPerTurn) return;
    await nextTurn();
  }
}

function verifyLink(raw: RawJournalRow, findings: Findings): void {
  const { seq } = raw;
  const before = findings.head;
  const tell = (message: string): void => findings.add({ kind: 'chain', seq, message });
  if (seq !== before.seq + 1) {
    tell(`journal row ${seq} follows row ${before.seq}: rows between them are missing`);
  } else if (raw.prev_hash !== before.hash) {
    tell(`journal row ${seq} does not continue row ${before.seq}`);
  }
  if (chainHash(raw) !== raw.hash) tell(`journal row ${seq} (${raw.event_type}) was changed`);
  findings.rows += 1;
  findings.head = { seq, hash: raw.hash };
}

function replay(replayed: Sqlite, db: Sqlite, raw: RawJournalRow, findings: Findings): void {
  try {
    const payload = JSON.parse(raw.payload) as JsonObject;
    verifyStored(db, raw.seq, payload, findings);
    project(replayed, { raw, payload }, db);
  } catch (error) {
    findings.add({
      kind: 'replay',
      seq: raw.seq,
      message: `journal row ${raw.seq} (${raw.event_type}) cannot be replayed: ${messageOf(error)}`,
    });
  }
}

function verifyStored(db: Sqlite, seq: number, payload: JsonObject, findings: Findings): void {
  for (const [member, hash] of Object.entries((payload['$stored'] ?? {}) as JsonObject)) {
    const found = db.one('SELECT 1 FROM payloads WHERE hash = ?', hash as string);
    if (found !== undefined) continue;
    const message = `the ${member} of journal row ${seq} is missing from payloads`;
    findings.add({ kind: 'payload', seq, message });
  }
}

function verifyHead(db: Sqlite, findings: Findings): void {
  const recorded = readHead(db);
  const { seq, hash } = findings.head;
  if (recorded.seq === seq && recorded.hash === hash) return;
  const message =
    recorded.seq > seq
      ? `the journal ends at row ${seq}, but ${recorded.seq} rows were written`
      : `the journal's end (row ${seq}) is not the one recorded (row ${recorded.seq})`;
  findings.add({ kind: 'head', seq, message });
}

async function verifyPayloads(db: Sqlite, findings: Findings, signal?: AbortSignal): Promise<void> {
  let n = 0;
  for (const { hash, body } of db.each<{ hash: string; body: string }>(
    'SELECT hash, body FROM payloads',
  )) {
    if (sha256(body) !== hash) {
      findings.add({ kind: 'payload', key: hash, message: `the stored value ${hash} was changed` });
    }
    if (++n % 50 !== 0) continue;
    signal?.throwIfAborted();
    await nextTurn();
  }
}
