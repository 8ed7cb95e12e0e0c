import type { WireError } from '@capstan/protocol';
import { isoFromMs } from '../../../clock.ts';
import { errorTable } from '../../../error-table.ts';
import { HostError } from '../../../errors.ts';
import { reactive } from '../../../kernel/admission/index.ts';
import {
  bounds,
  finish,
  type FinishDecision as KernelFinish,
  isExpired,
  nextRetry,
  type RetryDecision,
  start,
  type StartDecision,
} from '../../../kernel/index.ts';
import type { SeatRecord } from '../../events.ts';
import { valueOf } from '../../journal/values.ts';
import type { AttemptOutcome } from '../../specs.ts';
import type { Transaction } from '../transaction.ts';
import { advance } from './advance.ts';
import { cancelledError, endJob } from './end-job.ts';
import { endExpired } from './expire.ts';
import { about, type JobFacts, jobFacts } from './job-facts.ts';

export interface StartAttempt {
  nowMs: number;
  jobId: string;
  callId: string;
  /** The grant that it runs under. */
  seat?: SeatRecord | null;
}

export function startAttempt(
  tx: Transaction,
  { jobId, callId, seat }: StartAttempt,
): StartDecision {
  const job = jobFacts(tx, jobId);
  if (job.state === 'running' && callOf(tx, job) === callId) {
    // Asked a second time, because the first commit was taken for failed.
    return { kind: 'started', attempt: job.attempt };
  }
  // It could be chosen just before its time was over: what has not begun by then does not begin.
  if (endExpired(tx, job)) return { kind: 'refused', state: 'failed' };
  const decision = start(job);
  if (decision.kind === 'started') {
    const payload = { attempt: decision.attempt, callId, seat: seat ?? undefined };
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

export type FinishDecision =
  | KernelFinish
  /** The attempt failed, and the job waits for another one. */
  | { kind: 'retrying'; delayMs: number; notBefore: string };

/** One result: whatever arrives after the end of a job changes nothing. */
export function finishAttempt(
  tx: Transaction,
  { jobId, attempt, outcome }: FinishAttempt,
): FinishDecision {
  const job = jobFacts(tx, jobId);
  const decision = finish(job, attempt, outcome.kind);
  if (decision.kind === 'late') return decision;
  if (decision.state === 'failed' && outcome.kind === 'failed') {
    const retry = decideRetry(tx, job, outcome.error);
    if (retry.kind === 'retrying') return repeat(tx, job, outcome, retry);
  }
  const isCompleted = decision.state === 'completed' && outcome.kind === 'completed';
  const { session, configHash, usage, durationMs, resources } = outcome;
  try {
    endJob(tx, job, {
      state: decision.state,
      session,
      configHash,
      usage,
      durationMs,
      resources,
      ...(isCompleted
        ? { result: outcome.result, artifacts: outcome.artifacts }
        : { error: errorOf(job, decision.state, outcome, tx.ts) }),
    });
  } catch (error) {
    // Nothing of the end was written yet: the job ends with this instead, and not never.
    if (!(error instanceof HostError) || error.code !== 'PAYLOAD_TOO_LARGE') throw error;
    endJob(tx, job, { state: 'failed', session, configHash, error: error.toWire(tx.ts) });
    if (job.nodeId !== null) advance(tx, job.runId as string);
    return { kind: 'finished', state: 'failed' };
  }
  if (job.nodeId !== null) advance(tx, job.runId as string);
  return decision;
}

type Repetition =
  | { kind: 'retrying'; delayMs: number; because?: 'memory' }
  | Extract<RetryDecision, { kind: 'final' }>;

/** What its policy says; and where that is no, one more try for what ran out of memory, once there is more. */
function decideRetry(tx: Transaction, job: JobFacts, error: WireError): Repetition {
  const { retry: policy, effects, expiresAtMs, jobId: seed } = job;
  // An attempt that was ended because the job's time is over looks like any other deadline.
  const isOver = isExpired(expiresAtMs, tx.nowMs);
  const failure = {
    retriable: error.retriable && !isOver,
    isToolsAnswer: isToolsAnswer(error.code),
    retryAfterMs: Math.min((error.retryAfterS ?? 0) * 1000, bounds.durationMs.most),
  };
  const leftMs = expiresAtMs === null ? null : expiresAtMs - tx.nowMs;
  const asked = nextRetry({ policy, effects, failure, failures: job.failures + 1, leftMs, seed });
  const isOfCall = failure.isToolsAnswer || error.code === 'WORKER_LOST';
  const ranOut = error.category === 'resource' && isOfCall;
  if (asked.kind === 'retrying') return ranOut ? { ...asked, because: 'memory' } : asked;
  if (!ranOut || !failure.retriable) return asked;
  const again = reactive({
    category: error.category,
    isOfCall,
    effects,
    isStream: job.stream,
    earlier: ranOutBefore(tx, job),
    leftMs,
  });
  return again.kind === 'retrying' ? { kind: 'retrying', delayMs: 0, because: 'memory' } : asked;
}

/** How many attempts at this job have run out of something already. */
function ranOutBefore(tx: Transaction, { jobId }: JobFacts): number {
  const failed = tx.db.all<{ error: string | null }>(
    "SELECT error FROM attempts WHERE job_id = ? AND state = 'failed'",
    jobId,
  );
  return failed.filter(({ error }) => {
    const told = error === null ? null : (valueOf(tx.db, error) as unknown as WireError | null);
    return told?.category === 'resource';
  }).length;
}

function repeat(
  tx: Transaction,
  job: JobFacts,
  outcome: AttemptOutcome & { kind: 'failed' },
  { delayMs, because }: Extract<Repetition, { kind: 'retrying' }>,
): FinishDecision {
  const notBefore = isoFromMs(tx.nowMs + delayMs);
  const { error, session = null, configHash = null, usage, durationMs, resources } = outcome;
  const payload = {
    attempt: job.attempt,
    notBefore,
    delayMs,
    because,
    error,
    usage,
    durationMs,
    resources,
  };
  tx.emit(about(job, { eventType: 'job_retrying', session, configHash, payload }));
  // A run that is stopping lets its running nodes finish, but does not let them begin again.
  if (job.nodeId !== null) advance(tx, job.runId as string);
  return { kind: 'retrying', delayMs, notBefore };
}

/** Codes of the table that a tool answers with; one that is not in the table is a tool's own. */
const toolCodes: ReadonlySet<string> = new Set([
  'TOOL_UNAVAILABLE',
  'RESOURCE_EXHAUSTED',
  'TOOL_FAILED',
]);
const isToolsAnswer = (code: string): boolean =>
  toolCodes.has(code) || !Object.hasOwn(errorTable, code);

function errorOf(job: JobFacts, state: string, outcome: AttemptOutcome, ts: string): WireError {
  if (state === 'cancelled' && outcome.kind !== 'cancelled') {
    return cancelledError(job.cancelReason ?? 'cancelled', ts);
  }
  return outcome.kind === 'completed' ? cancelledError('cancelled', ts) : outcome.error;
}
