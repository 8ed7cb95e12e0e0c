import type { Json, WireError } from '@capstan/protocol';
import { finish, type FinishDecision, start, type StartDecision } from '../../../kernel/index.ts';
import type { AttemptOutcome } from '../../specs.ts';
import { asPayload, type Transaction } from '../transaction.ts';
import { advance, cancelledError } from './advance.ts';
import { about, type JobFacts, jobFacts } from './job-facts.ts';

export interface StartAttempt {
  nowMs: number;
  jobId: string;
  callId: string;
}

export function startAttempt(tx: Transaction, { jobId, callId }: StartAttempt): StartDecision {
  const job = jobFacts(tx, jobId);
  if (job.state === 'running' && callOf(tx, job) === callId) {
    // Asked a second time, because the first commit was taken for failed.
    return { kind: 'started', attempt: job.attempt };
  }
  const decision = start(job);
  if (decision.kind === 'started') {
    const payload = { attempt: decision.attempt, callId };
    tx.emit(about(job, { eventType: 'job_started', payload }));
  }
  return decision;
}

const callOf = (tx: Transaction, { jobId, attempt }: JobFacts): string | undefined =>
  tx.db.one<{ call_id: string }>(
    'SELECT call_id FROM attempts WHERE job_id = ? AND attempt = ?',
    jobId,
    attempt,
  )?.call_id;

export interface FinishAttempt {
  nowMs: number;
  jobId: string;
  attempt: number;
  outcome: AttemptOutcome;
}

/** One result: whatever arrives after the end of a job changes nothing. */
export function finishAttempt(
  tx: Transaction,
  { jobId, attempt, outcome }: FinishAttempt,
): FinishDecision {
  const job = jobFacts(tx, jobId);
  const decision = finish(job, attempt, outcome.kind);
  if (decision.kind === 'late') return decision;
  const isCompleted = decision.state === 'completed' && outcome.kind === 'completed';
  tx.emit(
    about(job, {
      eventType: 'job_finished',
      session: outcome.session ?? null,
      payload: asPayload({
        state: decision.state,
        attempt,
        ...(isCompleted
          ? { result: outcome.result, artifacts: outcome.artifacts as unknown as Json }
          : { error: errorOf(job, decision.state, outcome, tx.ts) as unknown as Json }),
      }),
    }),
  );
  if (job.runId !== null) advance(tx, job.runId);
  return decision;
}

function errorOf(job: JobFacts, state: string, outcome: AttemptOutcome, ts: string): WireError {
  if (state === 'cancelled' && outcome.kind !== 'cancelled') {
    return cancelledError(job.cancelReason ?? 'cancelled', ts);
  }
  return outcome.kind === 'completed' ? cancelledError('cancelled', ts) : outcome.error;
}
