import { defaults } from '../../../defaults.ts';
import { HostError } from '../../../errors.ts';
import { failPoint } from '../../../fail-points.ts';
import { recover as decideRecovery } from '../../../kernel/index.ts';
import type { Transaction } from '../transaction.ts';
import { advance } from './advance.ts';
import { cancelledError, endJob } from './end-job.ts';
import { expireJobs } from './expire.ts';
import { about, type JobFacts, jobsInState, pendingStreams } from './job-facts.ts';

export interface RecoveryReport {
  /** Jobs whose attempt was cut off, whatever became of them. */
  interrupted: string[];
  /** Those of them that will run again. */
  rerun: string[];
  /** Those of them whose cancel was accepted before. */
  cancelled: string[];
  /** Streams, whose readers are gone: they have failed. */
  lost: string[];
  /** Jobs whose time was over before they began; `expireJobs` ends the others, where there are many. */
  expired: string[];
  /** Every job that waits for a person, also from earlier. */
  needsDecision: string[];
  /** Unfinished runs, oldest first. */
  runs: string[];
  /** Jobs waiting to be started, reruns included. */
  pending: number;
}

/**
 * Ends what the previous host left running. The operating system has freed its lock, so it is dead for
 * certain and nothing has to time out. Running it twice does what running it once does.
 */
export function recover(tx: Transaction): RecoveryReport {
  const report: RecoveryReport = {
    interrupted: [],
    rerun: [],
    cancelled: [],
    lost: [],
    expired: [],
    needsDecision: [],
    runs: [],
    pending: 0,
  };
  for (const job of jobsInState(tx, 'running')) interrupt(tx, job, report);
  for (const job of pendingStreams(tx)) lose(tx, job, report);
  for (const runId of unfinishedRuns(tx)) advance(tx, runId);
  report.expired = expireJobs(tx).expired;
  report.needsDecision = jobsInState(tx, 'needs_decision').map(({ jobId }) => jobId);
  report.runs = unfinishedRuns(tx);
  report.pending = countPending(tx);
  failPoint('recover.before-commit');
  return report;
}

function interrupt(tx: Transaction, job: JobFacts, report: RecoveryReport): void {
  const { attempt } = job;
  const decision = decideRecovery(job, job.interruptions, defaults.interruptionsBeforeDecision);
  if (decision.kind === 'lost') {
    report.interrupted.push(job.jobId);
    lose(tx, job, report);
    return;
  }
  const next = decision.kind === 'needs_decision' ? 'needs_decision' : 'pending';
  const why =
    decision.kind === 'needs_decision' ? decision.why : 'the host ended during the attempt';
  tx.emit(about(job, { eventType: 'job_interrupted', payload: { attempt, next, why } }));
  report.interrupted.push(job.jobId);
  if (decision.kind === 'rerun') report.rerun.push(job.jobId);
  if (decision.kind !== 'cancelled') return;
  endJob(tx, job, {
    state: 'cancelled',
    error: cancelledError(job.cancelReason ?? 'cancelled', tx.ts),
  });
  report.cancelled.push(job.jobId);
}

/** Nobody is there to read the rest of it, and what was read cannot be taken back. */
function lose(tx: Transaction, job: JobFacts, report: RecoveryReport): void {
  const message = 'its host ended, and with it whoever read it';
  endJob(tx, job, {
    state: 'failed',
    error: new HostError('STREAM_LOST', message).toWire(tx.ts),
  });
  report.lost.push(job.jobId);
}

/** The condition of `jobs_unfinished` is repeated, so that its index is used. */
const countPending = (tx: Transaction): number =>
  tx.db.one<{ n: number }>(
    `SELECT count(*) AS n FROM jobs
     WHERE state IN ('pending', 'running', 'needs_decision') AND state = 'pending'`,
  )?.n ?? 0;

const unfinishedRuns = (tx: Transaction): string[] =>
  tx.db
    .all<{ run_id: string }>(
      `SELECT run_id FROM runs WHERE state = 'running' ORDER BY submitted_seq`,
    )
    .map(({ run_id }) => run_id);
