import { HostError } from '../../../errors.ts';
import { decide, type DecideDecision, type Decision } from '../../../kernel/index.ts';
import type { Transaction } from '../transaction.ts';
import { advance } from './advance.ts';
import { endJob } from './end-job.ts';
import { about, jobFacts } from './job-facts.ts';

export type DecideAnswer = Exclude<DecideDecision, { kind: 'refused' }>;

export interface DecideJob {
  nowMs: number;
  jobId: string;
  decision: Decision;
  actor: string;
}

/** Throws JOB_NOT_FOUND, DECISION_NOT_NEEDED. */
export function decideJob(tx: Transaction, { jobId, decision, actor }: DecideJob): DecideAnswer {
  const job = jobFacts(tx, jobId);
  const answer = decide(job, decision);
  if (answer.kind === 'refused') {
    const { state } = answer;
    throw new HostError('DECISION_NOT_NEEDED', `${jobId} is ${state}: nobody has to decide on it`, {
      hint: '`capstan jobs --state needs_decision` lists the jobs that wait for a decision.',
      details: { state },
    });
  }
  tx.emit(about(job, { eventType: 'job_decided', actor, payload: { decision } }));
  if (answer.kind === 'failed') {
    const error = new HostError(
      'WORKER_LOST',
      `attempt ${job.attempt} was interrupted, and ${actor} decided not to repeat it`,
    ).toWire(tx.ts);
    endJob(tx, job, { state: 'failed', error, actor });
  }
  if (job.nodeId !== null) advance(tx, job.runId as string);
  return answer;
}
