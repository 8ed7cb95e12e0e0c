import { HostError } from '../../../errors.ts';
import { expire } from '../../../kernel/index.ts';
import type { Transaction } from '../transaction.ts';
import { advance } from './advance.ts';
import { endJob } from './end-job.ts';
import { type JobFacts, jobFacts } from './job-facts.ts';

export interface ExpireReport {
  /** Jobs that were ended, each as failed with DEADLINE_EXCEEDED. */
  expired: string[];
  /** True when there are more: a commit must not take long. */
  more: boolean;
}

const mostPerCommit = 500;

/** Ends the jobs whose time was over before they began. */
export function expireJobs(tx: Transaction): ExpireReport {
  const due = tx.db.all<{ job_id: string }>(
    `SELECT job_id FROM jobs WHERE state = 'pending' AND expires_at IS NOT NULL AND expires_at <= ?
     ORDER BY expires_at LIMIT ?`,
    tx.ts,
    mostPerCommit + 1,
  );
  const expired: string[] = [];
  for (const { job_id: jobId } of due.slice(0, mostPerCommit)) {
    // The end of one may have cancelled the next, in the same run.
    if (endExpired(tx, jobFacts(tx, jobId))) expired.push(jobId);
  }
  return { expired, more: due.length > mostPerCommit };
}

/** False when the job still has time, or is not waiting. */
export function endExpired(tx: Transaction, job: JobFacts): boolean {
  if (expire(job, job.expiresAtMs, tx.nowMs).kind === 'untouched') return false;
  const tried = job.attempt === 0 ? 'it did not begin' : `it had not ended after ${job.attempt}`;
  const attempts = job.attempt === 0 ? '' : job.attempt === 1 ? ' attempt' : ' attempts';
  const error = new HostError(
    'DEADLINE_EXCEEDED',
    `${job.jobId} had to be over by ${new Date(job.expiresAtMs as number).toISOString()}, and ${tried}${attempts}`,
    {
      hint: 'Submit it again with more time (`--deadline`), or with a higher priority.',
      // As for a job that ran when its time was over: there is none left for another attempt.
      retriable: false,
    },
  );
  endJob(tx, job, { state: 'failed', error: error.toWire(tx.ts) });
  if (job.nodeId !== null) advance(tx, job.runId as string);
  return true;
}
