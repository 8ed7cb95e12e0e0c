import type { JsonObject } from '@capstan/protocol';
import { HostError } from '../../../errors.ts';
import type { CancelPhase, Effects, Job, JobState, RetryPolicy } from '../../../kernel/index.ts';
import { valueOf } from '../../journal/values.ts';
import type { EventPayloads } from '../../events.ts';
import type { EventSpec } from '../../specs.ts';
import { asPayload, type Transaction } from '../transaction.ts';

/** What decisions and events need to know of a job. */
export interface JobFacts extends Job {
  jobId: string;
  capability: string;
  /** Null for the default instance. */
  instance: string | null;
  stream: boolean;
  action: string | null;
  task: string | null;
  method: string | null;
  runId: string | null;
  nodeId: string | null;
  actor: string | null;
  priority: number;
  submittedSeq: number;
  retry: RetryPolicy | null;
  /** Attempts that have failed; those that were cut off are counted by `interruptions`. */
  failures: number;
  interruptions: number;
  expiresAtMs: number | null;
  cancelReason: string | null;
  cancelPhase: CancelPhase | null;
}

interface Stored {
  job_id: string;
  state: JobState;
  effects: Effects;
  attempt: number;
  interruptions: number;
  failures: number;
  priority: number;
  submitted_seq: number;
  retry: string | null;
  expires_at: string | null;
  cancel_reason: string | null;
  cancel_phase: CancelPhase | null;
  capability: string;
  instance: string | null;
  stream: number;
  action: string | null;
  task: string | null;
  method: string | null;
  run_id: string | null;
  node_id: string | null;
  actor: string | null;
}

const columns = `job_id, state, effects, attempt, interruptions, failures, priority, submitted_seq, retry,
  expires_at, cancel_reason, cancel_phase, capability, instance, stream, action, task, method, run_id, node_id, actor`;

/** Throws JOB_NOT_FOUND. */
export function jobFacts(tx: Transaction, jobId: string): JobFacts {
  const stored = tx.db.one<Stored>(`SELECT ${columns} FROM jobs WHERE job_id = ?`, jobId);
  if (stored === undefined) {
    throw new HostError('JOB_NOT_FOUND', `there is no job ${jobId} in this workspace`, {
      hint: '`capstan jobs` lists the jobs there are.',
    });
  }
  return factsOf(tx, stored);
}

/**
 * In the order of their submission. The list of states repeats the condition of the index
 * `jobs_unfinished`, word for word: without it SQLite does not see that the index applies.
 */
export function jobsInState(tx: Transaction, state: 'running' | 'needs_decision'): JobFacts[] {
  return tx.db
    .all<Stored>(
      `SELECT ${columns} FROM jobs WHERE state IN ('pending', 'running', 'needs_decision') AND state = ?
       ORDER BY submitted_seq`,
      state,
    )
    .map((stored) => factsOf(tx, stored));
}

/** Streams that have not begun, as far as the disk knows. */
export function pendingStreams(tx: Transaction): JobFacts[] {
  return tx.db
    .all<Stored>(
      `SELECT ${columns} FROM jobs WHERE stream = 1 AND state = 'pending' ORDER BY submitted_seq`,
    )
    .map((stored) => factsOf(tx, stored));
}

const factsOf = (tx: Transaction, stored: Stored): JobFacts => ({
  jobId: stored.job_id,
  state: stored.state,
  effects: stored.effects,
  attempt: stored.attempt,
  interruptions: stored.interruptions,
  failures: stored.failures,
  priority: stored.priority,
  submittedSeq: stored.submitted_seq,
  retry: valueOf(tx.db, stored.retry) as RetryPolicy | null,
  expiresAtMs: stored.expires_at === null ? null : Date.parse(stored.expires_at),
  cancelRequested: stored.cancel_reason !== null,
  cancelReason: stored.cancel_reason,
  cancelPhase: stored.cancel_phase,
  capability: stored.capability,
  instance: stored.instance,
  stream: stored.stream === 1,
  action: stored.action,
  task: stored.task,
  method: stored.method,
  runId: stored.run_id,
  nodeId: stored.node_id,
  actor: stored.actor,
});

type Identity = Pick<
  JobFacts,
  'jobId' | 'runId' | 'nodeId' | 'capability' | 'instance' | 'action' | 'task' | 'method' | 'actor'
>;

/** An event about this job, its identity filled in. */
export function about<Type extends keyof EventPayloads>(
  job: Identity,
  event: Partial<Omit<EventSpec, 'payload'>> & { eventType: Type; payload: EventPayloads[Type] },
): EventSpec {
  return {
    jobId: job.jobId,
    runId: job.runId,
    // A job outside of compositions may have a run too, in the sense of a word to group jobs by.
    compositionId: job.nodeId === null ? null : job.runId,
    nodeId: job.nodeId,
    capability: job.capability,
    instance: job.instance,
    action: job.action,
    task: job.task,
    method: job.method,
    actor: job.actor,
    ...event,
    payload: asPayload(event.payload as unknown as JsonObject),
  };
}
