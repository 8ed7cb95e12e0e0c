import { HostError } from '../../../errors.ts';
import { type Place, reorder, type Surroundings } from '../../../kernel/index.ts';
import type { Transaction } from '../transaction.ts';
import { about, type JobFacts, jobFacts } from './job-facts.ts';
import { assertPriority } from './job-spec.ts';

export interface ReorderJob {
  nowMs: number;
  jobId: string;
  place: Place;
}

export interface Reordered {
  /** Priority before, and now; equal when it was there already. */
  from: number;
  priority: number;
}

/** Moves a job in the line of what waits. Throws JOB_NOT_FOUND, JOB_OVER, INPUT_INVALID. */
export function reorderJob(tx: Transaction, { jobId, place }: ReorderJob): Reordered {
  if ('priority' in place) assertPriority(place.priority);
  const job = jobFacts(tx, jobId);
  const { priority: from } = job;
  const decision = reorder(job, from, place, surroundings(tx, job));
  if (decision.kind === 'refused') {
    const { state } = decision;
    throw new HostError('JOB_OVER', `${jobId} is ${state}: only a job that waits can be moved`, {
      hint: '`capstan jobs --state pending` lists the jobs that wait.',
      details: { state },
    });
  }
  if (decision.kind === 'unchanged') return { from, priority: from };
  const { priority } = decision;
  tx.emit(about(job, { eventType: 'job_reordered', payload: { from, priority } }));
  return { from, priority };
}

/** The condition of `jobs_unfinished` is repeated, so that its index is used. */
function surroundings(tx: Transaction, { jobId, priority, submittedSeq }: JobFacts): Surroundings {
  const found = tx.db.one<{ [column: string]: number | null }>(
    `SELECT max(priority) AS highest, min(priority) AS lowest,
       count(*) FILTER (WHERE priority > ?2 OR (priority = ?2 AND submitted_seq < ?3)) AS before,
       count(*) FILTER (WHERE priority < ?2 OR (priority = ?2 AND submitted_seq > ?3)) AS behind
     FROM jobs WHERE state IN ('pending', 'running', 'needs_decision') AND state = 'pending' AND job_id <> ?1`,
    jobId,
    priority,
    submittedSeq,
  );
  return {
    highest: found?.['highest'] ?? priority,
    lowest: found?.['lowest'] ?? priority,
    isFirst: (found?.['before'] ?? 0) === 0,
    isLast: (found?.['behind'] ?? 0) === 0,
  };
}
