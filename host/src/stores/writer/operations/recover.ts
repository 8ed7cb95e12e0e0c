import type { Json } from '@capstan/protocol';
import { defaults } from '../../../defaults.ts';
import { recover as decideRecovery } from '../../../kernel/index.ts';
import type { Transaction } from '../transaction.ts';
import { advance, cancelledError } from './advance.ts';
import { about, jobsInState } from './job-facts.ts';

export interface RecoveryReport {
  /** Jobs whose attempt was cut off, whatever became of them. */
  interrupted: string[];
  /** Those of them that will run again. */
  rerun: string[];
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
  const interrupted = jobsInState(tx, 'running');
  const rerun: string[] = [];
  for (const job of interrupted) {
    const decision = decideRecovery(job, job.interruptions, defaults.interruptionsBeforeDecision);
    const next = decision.kind === 'needs_decision' ? 'needs_decision' : 'pending';
    const why =
      decision.kind === 'needs_decision' ? decision.why : 'the host ended during the attempt';
    tx.emit(
      about(job, { eventType: 'job_interrupted', payload: { attempt: job.attempt, next, why } }),
    );
    if (decision.kind === 'rerun') rerun.push(job.jobId);
    if (decision.kind === 'cancelled') {
      const error = cancelledError(job.cancelReason ?? 'cancelled', tx.ts) as unknown as Json;
      const payload = { state: 'cancelled', attempt: job.attempt, error };
      tx.emit(about(job, { eventType: 'job_finished', payload }));
    }
  }
  const running = unfinishedRuns(tx);
  for (const runId of running) advance(tx, runId);
  return {
    interrupted: interrupted.map(({ jobId }) => jobId),
    rerun,
    needsDecision: jobsInState(tx, 'needs_decision').map(({ jobId }) => jobId),
    runs: unfinishedRuns(tx),
    pending:
      tx.db.one<{ n: number }>(`SELECT count(*) AS n FROM jobs WHERE state = 'pending'`)?.n ?? 0,
  };
}

const unfinishedRuns = (tx: Transaction): string[] =>
  tx.db
    .all<{ run_id: string }>(
      `SELECT run_id FROM runs WHERE state = 'running' ORDER BY submitted_seq`,
    )
    .map(({ run_id }) => run_id);
