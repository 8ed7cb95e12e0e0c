import { HostError } from '../../../errors.ts';
import {
  cancel,
  type CancelDecision,
  type CancelPhase,
  cancelPhase,
  type CancelPhaseDecision,
  type RunState,
} from '../../../kernel/index.ts';
import type { Transaction } from '../transaction.ts';
import { advance } from './advance.ts';
import { cancelledError, endJob } from './end-job.ts';
import { about, type JobFacts, jobFacts } from './job-facts.ts';

export type CancelJobDecision = Exclude<CancelDecision, { kind: 'over' }>;

export interface CancelJob {
  nowMs: number;
  jobId: string;
  reason: string;
}

/** Throws JOB_NOT_FOUND, JOB_OVER. */
export function cancelJob(tx: Transaction, { jobId, reason }: CancelJob): CancelJobDecision {
  const job = jobFacts(tx, jobId);
  const decision = applyCancel(tx, job, reason);
  if (decision.kind === 'over') throw over(`${jobId} is ${decision.state}`, decision.state);
  if (decision.kind === 'cancelled' && job.nodeId !== null) advance(tx, job.runId as string);
  return decision;
}

function applyCancel(tx: Transaction, job: JobFacts, reason: string): CancelDecision {
  const decision = cancel(job);
  if (decision.kind === 'cancelled') {
    endJob(tx, job, { state: 'cancelled', error: cancelledError(reason, tx.ts) });
  } else if (decision.kind === 'aborting' && !decision.alreadyRequested) {
    tx.emit(about(job, { eventType: 'job_cancel_requested', payload: { reason } }));
    movePhase(tx, job, null, 'cooperative');
  }
  return decision;
}

function movePhase(
  tx: Transaction,
  job: JobFacts,
  from: CancelPhase | null,
  to: CancelPhase,
): void {
  const payload = { from: from ?? 'none', to } as const;
  tx.emit(about(job, { eventType: 'job_cancel_phase', payload }));
}

export interface NoteCancelPhase {
  nowMs: number;
  jobId: string;
  phase: 'force';
}

/**
 * Journals that the grace of a cancel is over, and the worker is being ended. `late` when the job has ended
 * meanwhile, or nobody cancels it. Throws JOB_NOT_FOUND.
 */
export function noteCancelPhase(
  tx: Transaction,
  { jobId, phase }: NoteCancelPhase,
): CancelPhaseDecision {
  const job = jobFacts(tx, jobId);
  const decision = cancelPhase(job, phase);
  if (decision.kind === 'moved') movePhase(tx, job, decision.from, decision.to);
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

/** Throws JOB_NOT_FOUND, JOB_OVER. */
export function cancelRun(tx: Transaction, { runId, reason }: CancelRun): CancelRunReport {
  const state = runState(tx, runId);
  if (state !== 'running') throw over(`${runId} is ${state}`, state);
  const run = tx.db.one<{ cancel_reason: string | null }>(
    'SELECT cancel_reason FROM runs WHERE run_id = ?',
    runId,
  );
  if (run?.cancel_reason === null) {
    const payload = { reason };
    tx.emit({ eventType: 'run_cancel_requested', runId, compositionId: runId, payload });
  }
  const aborting = runningJobs(tx, runId);
  for (const jobId of aborting) applyCancel(tx, jobFacts(tx, jobId), reason);
  advance(tx, runId);
  return { state: runState(tx, runId), aborting };
}

const over = (what: string, state: string): HostError =>
  new HostError('JOB_OVER', `${what}: there is nothing left to cancel`, {
    hint: 'What has ended stays as it ended.',
    details: { state },
  });

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
