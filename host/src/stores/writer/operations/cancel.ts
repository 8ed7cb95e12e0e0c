import type { Json } from '@capstan/protocol';
import { HostError } from '../../../errors.ts';
import { cancel, type CancelDecision, type RunState } from '../../../kernel/index.ts';
import type { Transaction } from '../transaction.ts';
import { advance, cancelledError } from './advance.ts';
import { about, type JobFacts, jobFacts } from './job-facts.ts';

export type CancelJobDecision = CancelDecision;

export interface CancelJob {
  nowMs: number;
  jobId: string;
  reason: string;
}

export function cancelJob(tx: Transaction, { jobId, reason }: CancelJob): CancelJobDecision {
  const job = jobFacts(tx, jobId);
  const decision = applyCancel(tx, job, reason);
  if (decision.kind === 'cancelled' && job.runId !== null) advance(tx, job.runId);
  return decision;
}

function applyCancel(tx: Transaction, job: JobFacts, reason: string): CancelJobDecision {
  const decision = cancel(job);
  if (decision.kind === 'cancelled') {
    const error = cancelledError(reason, tx.ts) as unknown as Json;
    const payload = { state: 'cancelled', attempt: job.attempt, error };
    tx.emit(about(job, { eventType: 'job_finished', payload }));
  } else if (decision.kind === 'aborting' && !decision.alreadyRequested) {
    tx.emit(about(job, { eventType: 'job_cancel_requested', payload: { reason } }));
  }
  return decision;
}

export interface CancelRun {
  nowMs: number;
  runId: string;
  reason: string;
}

export interface CancelRunReport {
  /** State after the cancel; `running` while attempts are being aborted. */
  state: RunState;
  /** Jobs that run, each with a cancel requested. */
  aborting: string[];
}

export function cancelRun(tx: Transaction, { runId, reason }: CancelRun): CancelRunReport {
  const state = runState(tx, runId);
  if (state !== 'running') return { state, aborting: [] };
  const run = tx.db.one<{ cancel_reason: string | null }>(
    'SELECT cancel_reason FROM runs WHERE run_id = ?',
    runId,
  );
  if (run?.cancel_reason === null) {
    tx.emit({ eventType: 'run_cancel_requested', runId, payload: { reason } });
  }
  const aborting = runningJobs(tx, runId);
  for (const jobId of aborting) applyCancel(tx, jobFacts(tx, jobId), reason);
  advance(tx, runId);
  return { state: runState(tx, runId), aborting };
}

function runState(tx: Transaction, runId: string): RunState {
  const run = tx.db.one<{ state: RunState }>('SELECT state FROM runs WHERE run_id = ?', runId);
  if (run === undefined) {
    throw new HostError('JOB_NOT_FOUND', `there is no run ${runId} in this workspace`, {
      hint: '`capstan jobs` lists what there is.',
    });
  }
  return run.state;
}

const runningJobs = (tx: Transaction, runId: string): string[] =>
  tx.db
    .all<{ job_id: string }>(
      `SELECT job_id FROM run_nodes WHERE run_id = ? AND state = 'running' ORDER BY position`,
      runId,
    )
    .map(({ job_id }) => job_id);
