import { openForReading } from '../file/open.ts';
import type { JobState, NodeState } from '../../kernel/index.ts';
import { asStoreError } from '../file/refusals.ts';
import { storeWarnings } from '../file/warnings.ts';
import type { RawJournalRow } from '../journal/chain.ts';
import { journalRow } from '../journal/event.ts';
import { valueOf } from '../journal/values.ts';
import { rebuild, type RebuildReport } from '../journal/rebuild.ts';
import { replayCheck, type ReplayReport } from '../journal/replay-check.ts';
import { type VerifyReport, verifyJournal } from '../journal/verify.ts';
import type {
  ArtifactRow,
  AttemptRow,
  InstanceRow,
  JobRow,
  JournalRow,
  ProfileRow,
  RunNodeRow,
  RunRow,
} from '../rows.ts';
import type { Sqlite } from '../sqlite.ts';
import { defaultLimit, type JobFilter, jobsWhere, type RunFilter, runsWhere } from './filters.ts';
import { instanceRow, type StoredInstance } from './instance-row.ts';
import { type JournalFilter, journalWhere } from './journal-filter.ts';
import {
  artifactRow,
  attemptRow,
  jobRow,
  type JobSummary,
  jobSummary,
  type StoredArtifact,
  type StoredAttempt,
  type StoredJob,
  type StoredSummary,
  summaryColumns,
} from './job-row.ts';
import { profileRow, type StoredProfile } from './profile-row.ts';
import {
  artifactsOfRun,
  nodesOfRun,
  runNodeRow,
  runRow,
  type StoredNode,
  type StoredPlan,
  type StoredRun,
} from './run-row.ts';
import { type JobStats, jobStats } from './stats.ts';

/** What the queue holds of a pending job: enough to choose, not enough to run it. */
export interface PendingJob {
  jobId: string;
  capability: string;
  /** Null for the default instance. */
  instance: string | null;
  priority: number;
  nodeId: string | null;
  submittedSeq: number;
  submittedAt: string;
  /** Not started before this; `delayMs` is the pause it follows from, the longest it may be waited for. */
  notBefore: string | null;
  delayMs: number | null;
  expiresAt: string | null;
}

export interface JobPage {
  jobs: JobSummary[];
  /** What the filter of the next page has as its `before` (or `after`, oldest first); null at the end. */
  next: number | null;
}

/**
 * Reads the state of a workspace on a connection of its own, beside its writer, in this process or
 * another. Lists come a page at a time. A workspace without a `state.db` has nothing in it.
 */
export class Reader {
  readonly #path: string;
  readonly #db: Sqlite;

  private constructor(path: string, db: Sqlite) {
    this.#path = path;
    this.#db = db;
  }

  /** Throws STORE_CORRUPT, STORE_NEWER. */
  static openState(path: string): Reader {
    return new Reader(path, openForReading(path));
  }

  job(jobId: string): JobRow | null {
    const stored = this.#one<StoredJob>('SELECT * FROM jobs WHERE job_id = ?', jobId);
    return stored === undefined ? null : jobRow(this.#db, stored);
  }

  /** How far a job is, without reading what it was given and came to; null for an unknown one. */
  jobState(jobId: string): JobState | null {
    const sql = 'SELECT state FROM jobs WHERE job_id = ?';
    return this.#one<{ state: JobState }>(sql, jobId)?.state ?? null;
  }

  /** One page, newest first unless asked otherwise, each with its input and its result. */
  jobs(filter: JobFilter = {}): JobRow[] {
    const { sql, values } = jobsWhere(this.#found(filter));
    return this.#all<StoredJob>(sql, ...values).map((stored) => jobRow(this.#db, stored));
  }

  /** One page of what was ever submitted, without the values that may be large. */
  history(filter: JobFilter = {}): JobPage {
    const { limit = defaultLimit } = filter;
    const wanted = { ...this.#found(filter), limit: limit + 1 };
    const { sql, values } = jobsWhere(wanted, summaryColumns);
    const found = this.#all<StoredSummary>(sql, ...values);
    const page = found.slice(0, limit);
    const next = found.length > limit ? (page.at(-1)?.submitted_seq ?? null) : null;
    return { jobs: page.map((stored) => jobSummary(this.#db, stored)), next };
  }

  /** How many jobs there are in which state, and how long they take. Cheap, however many there are. */
  jobStats(nowMs: number): JobStats {
    return this.#read(() => jobStats(this.#db, nowMs));
  }

  attempts(jobId: string): AttemptRow[] {
    const sql = 'SELECT * FROM attempts WHERE job_id = ? ORDER BY attempt';
    return this.#all<StoredAttempt>(sql, jobId).map((stored) => attemptRow(this.#db, stored));
  }

  artifacts(owner: { jobId: string } | { runId: string }): ArtifactRow[] {
    const [jobs, id] =
      'jobId' in owner
        ? ['= ?', owner.jobId]
        : ['IN (SELECT job_id FROM jobs WHERE run_id = ?)', owner.runId];
    const sql = `SELECT * FROM artifacts WHERE job_id ${jobs} ORDER BY job_id, attempt, position`;
    return this.#all<StoredArtifact>(sql, id).map(artifactRow);
  }

  /** Files made by the nodes of a run, in its order. */
  artifactsOfRun(runId: string): ArtifactRow[] {
    return this.#all<StoredArtifact>(artifactsOfRun, runId).map(artifactRow);
  }

  run(runId: string): RunRow | null {
    const stored = this.#one<StoredRun>('SELECT * FROM runs WHERE run_id = ?', runId);
    return stored === undefined ? null : runRow(this.#db, stored);
  }

  /** Newest first. */
  runs(filter: RunFilter = {}): RunRow[] {
    const { sql, values } = runsWhere(filter);
    return this.#all<StoredRun>(sql, ...values).map((stored) => runRow(this.#db, stored));
  }

  /** In the order of the composition's file; empty for an unknown run. */
  runNodes(runId: string): RunNodeRow[] {
    const run = this.#one<{ plan: string }>('SELECT plan FROM runs WHERE run_id = ?', runId);
    if (run === undefined) return [];
    const { nodes, again = {} } = valueOf(this.#db, run.plan) as unknown as StoredPlan;
    const specs = new Map(nodes.map((node) => [node.nodeId, node]));
    return this.#all<StoredNode>(nodesOfRun, runId).flatMap((stored) => {
      const spec = specs.get(stored.node_id);
      return spec === undefined
        ? []
        : [runNodeRow(this.#db, stored, spec, again[stored.node_id] ?? null)];
    });
  }

  /** The state of every node of a run; empty for an unknown one. */
  runNodeStates(runId: string): Map<string, NodeState> {
    const sql = 'SELECT node_id, state FROM run_nodes WHERE run_id = ?';
    const rows = this.#all<{ node_id: string; state: NodeState }>(sql, runId);
    return new Map(rows.map(({ node_id, state }) => [node_id, state]));
  }

  /** The newest unfinished run of the same composition with the same inputs. */
  unfinishedRun(definitionHash: string, inputsHash: string): string | null {
    const sql = `SELECT run_id FROM runs WHERE state = 'running' AND cancel_reason IS NULL
      AND definition_hash = ? AND inputs_hash = ? ORDER BY submitted_seq DESC LIMIT 1`;
    return this.#one<{ run_id: string }>(sql, definitionHash, inputsHash)?.run_id ?? null;
  }

  /**
   * Pending jobs after the given one in order of submission, for the queue to line up. The condition of
   * `jobs_unfinished` is repeated, so that its index is used and finished jobs are not walked over.
   */
  pendingJobs(afterSeq: number, limit: number): PendingJob[] {
    const sql = `SELECT job_id AS jobId, capability, instance, priority, node_id AS nodeId, submitted_seq AS submittedSeq,
      submitted_at AS submittedAt, not_before AS notBefore, delay_ms AS delayMs, expires_at AS expiresAt
      FROM jobs
      WHERE state IN ('pending', 'running', 'needs_decision') AND state = 'pending' AND submitted_seq > ?
      ORDER BY submitted_seq LIMIT ?`;
    return this.#all<PendingJob>(sql, afterSeq, limit);
  }

  /** The pending job whose time is over first, and when. */
  nextExpiry(): { jobId: string; expiresAt: string } | null {
    const sql = `SELECT job_id AS jobId, expires_at AS expiresAt FROM jobs
      WHERE state = 'pending' AND expires_at IS NOT NULL ORDER BY expires_at LIMIT 1`;
    return this.#one<{ jobId: string; expiresAt: string }>(sql) ?? null;
  }

  /** Instances that take nothing new and start nothing. */
  disabledInstances(): string[] {
    const sql = 'SELECT instance_id AS name FROM instances WHERE enabled = 0 ORDER BY instance_id';
    return this.#all<{ name: string }>(sql).map(({ name }) => name);
  }

  /** What was said of instances at run time; those of which nothing was said are not among them. */
  instances(): InstanceRow[] {
    const sql = 'SELECT * FROM instances ORDER BY instance_id';
    return this.#all<StoredInstance>(sql).map((stored) => instanceRow(this.#db, stored));
  }

  instance(instanceId: string): InstanceRow | null {
    const sql = 'SELECT * FROM instances WHERE instance_id = ?';
    const stored = this.#one<StoredInstance>(sql, instanceId);
    return stored === undefined ? null : instanceRow(this.#db, stored);
  }

  /** What the calls of each instance came to, by configuration. */
  profiles(): ProfileRow[] {
    const sql = 'SELECT * FROM profiles ORDER BY instance_id, config_hash';
    return this.#all<StoredProfile>(sql).map(profileRow);
  }

  /** Of an instance under one configuration; null before its first call. */
  profile(instance: string, configHash: string): ProfileRow | null {
    const sql = 'SELECT * FROM profiles WHERE instance_id = ? AND config_hash = ?';
    const stored = this.#one<StoredProfile>(sql, instance, configHash);
    return stored === undefined ? null : profileRow(stored);
  }

  /** When a job was submitted, as a place in the journal. */
  submittedSeq(jobId: string): number {
    const sql = 'SELECT submitted_seq AS seq FROM jobs WHERE job_id = ?';
    return this.#one<{ seq: number }>(sql, jobId)?.seq ?? 0;
  }

  /**
   * One page of the journal; `afterSeq` of the next is the last row's `seq` (`beforeSeq`, newest first).
   * Throws CURSOR_AHEAD for a cursor beyond its end, INPUT_INVALID for a time that is none.
   */
  journal(filter: JournalFilter = {}): JournalRow[] {
    const { sql, values } = journalWhere(filter, this.lastSeq());
    return this.#all<RawJournalRow>(sql, ...values).map((raw) => journalRow(raw));
  }

  /** The newest `seq`, 0 in an empty journal. */
  lastSeq(): number {
    return this.#one<{ seq: number | null }>('SELECT max(seq) AS seq FROM journal')?.seq ?? 0;
  }

  /** Looks at every row of the journal and at all that follows from it; see `journal/verify.ts`. */
  verifyJournal(signal?: AbortSignal, onRows?: (rows: number) => void): Promise<VerifyReport> {
    return verifyJournal(this.#path, signal, onRows);
  }

  /** Whether the tables are what playing the journal from its start makes of empty ones. */
  replayCheck(signal?: AbortSignal, onRows?: (rows: number) => void): Promise<ReplayReport> {
    return replayCheck(this.#path, signal, onRows);
  }

  /** A new database from the journal alone, in a file that must not be there yet. */
  rebuild(into: string, signal?: AbortSignal): Promise<RebuildReport> {
    return rebuild(this.#path, into, signal);
  }

  /** What may be right but has to be known, such as an older copy that was put back. */
  warnings(): string[] {
    return storeWarnings(this.#db, this.#path);
  }

  close(): void {
    this.#db.close();
  }

  /** Whether a name is that of a capability, and so of its default instance, shows in the jobs there are. */
  #found(filter: JobFilter): JobFilter & { isNamed?: boolean } {
    if (filter.instance === undefined) return filter;
    const sql = 'SELECT 1 AS n FROM jobs WHERE instance = ? LIMIT 1';
    return { ...filter, isNamed: this.#one(sql, filter.instance) !== undefined };
  }

  #one<T>(sql: string, ...values: (string | number | null)[]): T | undefined {
    return this.#read(() => this.#db.one<T>(sql, ...values));
  }

  #all<T>(sql: string, ...values: (string | number | null)[]): T[] {
    return this.#read(() => this.#db.all<T>(sql, ...values));
  }

  #read<T>(look: () => T): T {
    try {
      return look();
    } catch (error) {
      throw asStoreError(error, this.#path);
    }
  }
}
