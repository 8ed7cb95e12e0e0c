import { existsSync } from 'node:fs';
import { HostError } from '../../../src/errors.ts';
import type { WorkspacePaths } from '../../../src/paths.ts';
import { openForReading } from '../../../src/stores/file/open.ts';
import { verifyJournal } from '../../../src/stores/journal/verify.ts';
import type { Sqlite } from '../../../src/stores/sqlite.ts';
import type { Report } from '../report.ts';
import { type Effects, readEffects } from './effects.ts';
import { implausibilities } from './history.ts';
import type { Ledger } from './ledger.ts';

/** The promises that any workspace is held to, whatever was done to its host. */
export const keptPromises = {
  accepted: 'What was acknowledged is there, and the same key stands for the same job.',
  'at most once': 'An unsafe action is executed once, and again only if somebody said so.',
  'one result': 'A job or run ends once; what has ended is never executed again.',
  'true journal': 'The journal is whole, tells a possible story, and the tables are its replay.',
} as const;

type Promised = keyof typeof keptPromises;

/**
 * Holds a workspace whose host is dead against what the world outside remembers of it. To be called while
 * nothing of that host is alive any more.
 */
export class Judge {
  readonly #paths: WorkspacePaths;
  readonly #effectsLog: string;
  readonly #ledger: Ledger;
  readonly #report: Report;
  readonly #seed: number;

  constructor(
    paths: WorkspacePaths,
    about: { effectsLog: string; ledger: Ledger; report: Report; seed: number },
  ) {
    this.#paths = paths;
    this.#effectsLog = about.effectsLog;
    this.#ledger = about.ledger;
    this.#report = about.report;
    this.#seed = about.seed;
  }

  async look(): Promise<void> {
    this.#report.count('workspaces examined');
    for (const why of this.#ledger.contradictions()) this.#accuse('accepted', why);
    if (!existsSync(this.#paths.stateDb)) return this.#expectNothing();
    const db = this.#open();
    if (db === null) return;
    try {
      this.#lookForAccepted(db);
      this.#lookAtEnds(db, readEffects(this.#effectsLog));
      this.#lookAtJournal(db);
    } finally {
      db.close();
    }
    for (const { message } of (await verifyJournal(this.#paths.stateDb)).problems) {
      this.#accuse('true journal', message);
    }
  }

  /** After a host was given the time to finish: nothing may be left over but what waits for a person. */
  lookAtFinished(): void {
    const db = this.#open();
    if (db === null) return;
    const left = db.all<{ id: string; state: string }>(
      `SELECT job_id AS id, state FROM jobs WHERE state IN ('pending', 'running')
         AND capability NOT IN (SELECT instance_id FROM instances WHERE enabled = 0)
       UNION ALL
       SELECT run_id, state FROM runs WHERE state = 'running' AND run_id NOT IN
         (SELECT run_id FROM jobs WHERE run_id IS NOT NULL AND state NOT IN ('completed', 'failed', 'cancelled'))`,
    );
    db.close();
    for (const { id, state } of left) {
      this.#accuse('accepted', `${id} is still ${state} after all work was done`);
    }
  }

  #expectNothing(): void {
    if (this.#ledger.acknowledged.size === 0) return;
    this.#accuse('accepted', 'there is no state.db to be read, though something was acknowledged');
  }

  #open(): Sqlite | null {
    try {
      return openForReading(this.#paths.stateDb);
    } catch (error) {
      const isOlder = error instanceof HostError && error.message.includes('an older Capstan');
      if (isOlder) {
        this.#report.count('found before its migration');
        return null;
      }
      this.#expectNothing();
      this.#accuse('true journal', `state.db cannot be opened: ${String(error)}`);
      return null;
    }
  }

  #lookForAccepted(db: Sqlite): void {
    const { acknowledged, keys } = this.#ledger;
    for (const id of acknowledged) {
      const found =
        db.one('SELECT 1 FROM jobs WHERE job_id = ?', id) ??
        db.one('SELECT 1 FROM runs WHERE run_id = ?', id);
      if (found === undefined) this.#accuse('accepted', `${id} was acknowledged and is lost`);
    }
    const stored = db.all<{ key: string; id: string }>(
      'SELECT idempotency_key AS key, job_id AS id FROM jobs WHERE idempotency_key IS NOT NULL',
    );
    for (const { key, id } of stored) {
      const known = keys.get(key) ?? null;
      if (known === null) keys.set(key, id);
      else if (known !== id) this.#accuse('accepted', `key ${key} is ${id}, and was ${known}`);
    }
  }

  #lookAtEnds(db: Sqlite, { counts, unsafe }: Effects): void {
    const { ended, reruns } = this.#ledger;
    for (const [jobId, before] of ended) {
      const now = counts.get(jobId) ?? 0;
      if (now === before.executions) continue;
      const message = `${jobId} had ended (${before.state}) and was executed again`;
      this.#accuse('one result', message);
    }
    for (const jobId of unsafe) {
      const repeats = `SELECT count(*) AS n FROM journal WHERE job_id = ? AND event_type = 'job_retrying'`;
      const allowed =
        1 + (reruns.get(jobId) ?? 0) + (db.one<{ n: number }>(repeats, jobId)?.n ?? 0);
      const done = counts.get(jobId) ?? 0;
      if (done <= allowed) continue;
      this.#accuse(
        'at most once',
        `unsafe ${jobId} was executed ${done} times, allowed ${allowed}`,
      );
    }
    const over = db.all<{ id: string; state: string }>(
      `SELECT job_id AS id, state FROM jobs WHERE state IN ('completed', 'failed', 'cancelled')`,
    );
    for (const { id, state } of over) {
      const before = ended.get(id);
      const executions = counts.get(id) ?? 0;
      if (before !== undefined && before.state !== state) {
        this.#accuse('one result', `${id} had ended as ${before.state}, and is ${state}`);
      }
      if (state === 'completed' && executions === 0) {
        this.#accuse('one result', `${id} is completed and was never executed`);
      }
      ended.set(id, { state, executions });
    }
  }

  #lookAtJournal(db: Sqlite): void {
    for (const why of implausibilities(db)) this.#accuse('true journal', why);
    const { head } = this.#ledger;
    const kept = db.one<{ hash: string }>('SELECT hash FROM journal WHERE seq = ?', head.seq);
    if (head.seq > 0 && kept?.hash !== head.hash) {
      this.#accuse('true journal', `row ${head.seq} is not what it was when it was last seen`);
    }
    const last = db.one<{ seq: number; hash: string }>('SELECT seq, hash FROM journal_head');
    if (last !== undefined) this.#ledger.head = last;
  }

  #accuse(promise: Promised, message: string): void {
    this.#report.violation(promise, message, this.#seed);
  }
}
