import { isoFromMs } from '../../clock.ts';
import type { JobState } from '../../kernel/index.ts';
import type { Sqlite } from '../sqlite.ts';

export interface JobStats {
  byState: { [state in JobState]: number };
  byCapability: { [capability: string]: { [state in JobState]: number } };
  /** By id: the default instance has the name of its capability. */
  byInstance: { [instance: string]: { capability: string } & { [state in JobState]: number } };
  /** The job that has been pending for the longest time. */
  oldestPending: { jobId: string; submittedAt: string; ageMs: number } | null;
  /** What ended, and which attempts were repeated, in the last sixty minutes and the one that has begun. */
  lastHour: Outcomes;
  /** Since the workspace was made. */
  total: Outcomes;
  /** Of the jobs that ended last, at most a thousand; null where none has. */
  durations: {
    jobs: number;
    /** From submission to the start of the last attempt. */
    waitMs: Spread;
    /** From there to the end. */
    runMs: Spread;
  } | null;
}

export interface Outcomes {
  completed: number;
  failed: number;
  cancelled: number;
  retried: number;
}

export interface Spread {
  mean: number;
  p95: number;
}

/** Reads sums that the store keeps up to date, and a sample; never the whole history. */
export function jobStats(db: Sqlite, nowMs: number): JobStats {
  const byInstance = tallies(db);
  return {
    byState: sumOf(Object.values(byInstance)),
    byCapability: byCapabilityOf(byInstance),
    byInstance,
    oldestPending: oldestPending(db, nowMs),
    lastHour: outcomes(db, isoFromMs(nowMs - 3_600_000).slice(0, 16)),
    total: outcomes(db, ''),
    durations: durations(db),
  };
}

type Tally = { [state in JobState]: number };

const none: Tally = {
  pending: 0,
  running: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  needs_decision: 0,
};

function tallies(db: Sqlite): JobStats['byInstance'] {
  const rows = db.all<Tally & { instance_id: string; capability: string }>(
    'SELECT * FROM job_tallies ORDER BY instance_id',
  );
  return Object.fromEntries(rows.map(({ instance_id: id, ...tally }) => [id, tally]));
}

function byCapabilityOf(byInstance: JobStats['byInstance']): JobStats['byCapability'] {
  const grouped = Map.groupBy(Object.values(byInstance), ({ capability }) => capability);
  const sums = [...grouped].map(([capability, all]) => [capability, sumOf(all)] as const);
  return Object.fromEntries(sums.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function sumOf(all: Tally[]): Tally {
  const sum = { ...none };
  for (const tally of all) {
    for (const state of Object.keys(sum) as JobState[]) sum[state] += tally[state];
  }
  return sum;
}

/** The condition of `jobs_unfinished` is repeated, so that its index is used. */
function oldestPending(db: Sqlite, nowMs: number): JobStats['oldestPending'] {
  const found = db.one<{ jobId: string; submittedAt: string }>(
    `SELECT job_id AS jobId, submitted_at AS submittedAt FROM jobs
     WHERE state IN ('pending', 'running', 'needs_decision') AND state = 'pending'
     ORDER BY submitted_seq LIMIT 1`,
  );
  if (found === undefined) return null;
  return { ...found, ageMs: Math.max(0, nowMs - Date.parse(found.submittedAt)) };
}

function outcomes(db: Sqlite, sinceMinute: string): Outcomes {
  const found: Outcomes = { completed: 0, failed: 0, cancelled: 0, retried: 0 };
  for (const { outcome, n } of db.all<{ outcome: keyof Outcomes; n: number }>(
    'SELECT outcome, sum(n) AS n FROM job_minutes WHERE minute >= ? GROUP BY outcome',
    sinceMinute,
  )) {
    found[outcome] = n;
  }
  return found;
}

const sampled = 1_000;

/** Ids of jobs sort by age, so that the newest ones that have ended are at the end of this index. */
function durations(db: Sqlite): JobStats['durations'] {
  const rows = db.all<{ submitted_at: string; started_at: string; finished_at: string }>(
    `SELECT submitted_at, started_at, finished_at FROM
       (SELECT job_id FROM journal WHERE event_type = 'job_finished' ORDER BY job_id DESC LIMIT ${sampled})
     JOIN jobs USING (job_id) WHERE started_at IS NOT NULL`,
  );
  if (rows.length === 0) return null;
  const between = (from: string, to: string): number => Date.parse(to) - Date.parse(from);
  return {
    jobs: rows.length,
    waitMs: spread(rows.map((row) => between(row.submitted_at, row.started_at))),
    runMs: spread(rows.map((row) => between(row.started_at, row.finished_at))),
  };
}

function spread(durationsMs: number[]): Spread {
  const sorted = durationsMs.toSorted((a, b) => a - b);
  const sum = sorted.reduce((total, each) => total + each, 0);
  const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
  return { mean: Math.round(sum / sorted.length), p95 };
}
