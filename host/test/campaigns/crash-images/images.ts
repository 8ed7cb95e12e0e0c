import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { bind } from '../../../src/compositions/bind.ts';
import { openForReading } from '../../../src/stores/file/open.ts';
import { JournalEnd } from '../../../src/stores/journal/append.ts';
import { Sqlite } from '../../../src/stores/sqlite.ts';
import { recover } from '../../../src/stores/writer/operations/recover.ts';
import { Plans } from '../../../src/stores/writer/plans.ts';
import { Transaction } from '../../../src/stores/writer/transaction.ts';
import { dumpHash } from '../judge/dump.ts';
import type { QuickVerify } from '../judge/verify.ts';
import { type Committed, type OnDisk, openWriter } from './scribe.ts';

/** How a host recovers; the controls hand in others. */
export type Recovery = (tx: Transaction) => unknown;

/** A database as a crash right after this commit leaves it: recovered twice, and held against what was acknowledged. */
export function examineImage(
  committed: Committed,
  nowMs: number,
  verify: QuickVerify,
  recovery: Recovery = recover,
): string[] {
  const raw = new DatabaseSync(':memory:');
  raw.deserialize(committed.image);
  const db = new Sqlite(raw);
  try {
    const found = missing(db, committed);
    transact(db, nowMs, recovery);
    const once = raw.serialize();
    transact(db, nowMs, recovery);
    if (!Buffer.from(raw.serialize().buffer).equals(once)) {
      found.push('a second recovery changed what the first one had made');
    }
    return [...found, ...verify.problems(db)];
  } finally {
    db.close();
  }
}

/** What the writer does with a request, on a connection of ours. */
function transact(db: Sqlite, nowMs: number, recovery: Recovery): void {
  const journal = new JournalEnd(db);
  db.transaction(() => {
    const tx = new Transaction({ db, journal, plans: new Plans(db), bind }, nowMs);
    recovery(tx);
    if (tx.emitted.length > 0) journal.writeHead();
  });
}

function missing(db: Sqlite, { seq, hash, jobs }: Committed): string[] {
  const row = db.one<{ hash: string }>('SELECT hash FROM journal WHERE seq = ?', seq);
  const n = db.one<{ n: number }>('SELECT count(*) AS n FROM jobs')?.n ?? 0;
  const found = [];
  if (seq > 0 && row?.hash !== hash) found.push(`row ${seq} was committed and is lost`);
  if (n < jobs) found.push(`${jobs} jobs were accepted, and ${n} are left`);
  return found;
}

/**
 * Files as a crash in the midst of a write leaves them, opened by the real writer, twice. `atLeast` is the
 * last commit that is whole in them, `atMost` the last that was begun.
 */
export function examineFiles(
  files: OnDisk,
  expected: { atLeast: Committed; atMost: Committed },
  about: { folder: string; nowMs: number; verify: QuickVerify },
): string[] {
  const { folder, nowMs, verify } = about;
  mkdirSync(folder, { recursive: true });
  const stateDb = join(folder, 'state.db');
  writeFileSync(stateDb, files.db);
  writeFileSync(`${stateDb}-wal`, files.wal);
  try {
    const once = recovered(stateDb, nowMs);
    const twice = recovered(stateDb, nowMs);
    const db = openForReading(stateDb);
    const found = missing(db, expected.atLeast);
    found.push(...beyond(db, expected.atMost), ...verify.problems(db));
    db.close();
    if (once !== twice) found.push('a second recovery changed what the first one had made');
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A crash may keep a commit that was not acknowledged yet, but nothing that was never written. */
function beyond(db: Sqlite, { seq }: Committed): string[] {
  return db
    .all<{ seq: number; event_type: string }>(
      'SELECT seq, event_type FROM journal WHERE seq > ?',
      seq,
    )
    .filter(({ event_type }) => !ofRecovery.has(event_type))
    .map(
      (row) =>
        `row ${row.seq} (${row.event_type}) was never written, and recovery does not write it`,
    );
}

const ofRecovery: ReadonlySet<string> = new Set([
  'job_interrupted',
  'job_cancel_phase',
  'job_finished',
  'job_submitted',
  'job_retrying',
  'node_skipped',
  'run_finished',
]);

function recovered(stateDb: string, nowMs: number): string {
  const writer = openWriter(stateDb);
  const answer = writer.perform([{ id: 1, operation: 'recover', args: { nowMs } }]);
  writer.close();
  if (answer.kind !== 'committed') throw new Error(`recovery failed: ${JSON.stringify(answer)}`);
  const db = openForReading(stateDb);
  const hash = dumpHash(db);
  db.close();
  return hash;
}
