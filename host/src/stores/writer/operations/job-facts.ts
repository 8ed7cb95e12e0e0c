import { HostError } from '../../../errors.ts';
import type { Effects, Job, JobState } from '../../../kernel/index.ts';
import type { EventSpec } from '../../specs.ts';
import type { Transaction } from '../transaction.ts';

/** What decisions and events need to know of a job. */
export interface JobFacts extends Job {
  jobId: string;
  capability: string;
  action: string | null;
  task: string | null;
  method: string | null;
  runId: string | null;
  nodeId: string | null;
  actor: string | null;
  interruptions: number;
  cancelReason: string | null;
}

interface Stored {
  job_id: string;
  state: JobState;
  effects: Effects;
  attempt: number;
  interruptions: number;
  cancel_reason: string | null;
  capability: string;
  action: string | null;
  task: string | null;
  method: string | null;
  run_id: string | null;
  node_id: string | null;
  actor: string | null;
}

const columns =
  'job_id, state, effects, attempt, interruptions, cancel_reason, capability, action, task, method, run_id, node_id, actor';

/** Throws JOB_NOT_FOUND. */
export function jobFacts(tx: Transaction, jobId: string): JobFacts {
  const stored = tx.db.one<Stored>(`SELECT ${columns} FROM jobs WHERE job_id = ?`, jobId);
  if (stored === undefined) {
    throw new HostError('JOB_NOT_FOUND', `there is no job ${jobId} in this workspace`, {
      hint: '`capstan jobs` lists the jobs there are.',
    });
  }
  return factsOf(stored);
}

export function jobsInState(tx: Transaction, state: JobState): JobFacts[] {
  return tx.db
    .all<Stored>(`SELECT ${columns} FROM jobs WHERE state = ? ORDER BY submitted_seq`, state)
    .map(factsOf);
}

const factsOf = (stored: Stored): JobFacts => ({
  jobId: stored.job_id,
  state: stored.state,
  effects: stored.effects,
  attempt: stored.attempt,
  interruptions: stored.interruptions,
  cancelRequested: stored.cancel_reason !== null,
  cancelReason: stored.cancel_reason,
  capability: stored.capability,
  action: stored.action,
  task: stored.task,
  method: stored.method,
  runId: stored.run_id,
  nodeId: stored.node_id,
  actor: stored.actor,
});

/** An event about this job, its identity filled in. */
export function about(
  job: Omit<JobFacts, keyof Job | 'interruptions' | 'cancelReason'>,
  event: Pick<EventSpec, 'eventType' | 'payload'> & Partial<EventSpec>,
): EventSpec {
  return {
    jobId: job.jobId,
    runId: job.runId,
    nodeId: job.nodeId,
    capability: job.capability,
    action: job.action,
    task: job.task,
    method: job.method,
    actor: job.actor,
    ...event,
  };
}
