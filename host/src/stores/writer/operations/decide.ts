import type { Json } from '@capstan/protocol';
import { HostError } from '../../../errors.ts';
import { decide, type DecideDecision, type Decision } from '../../../kernel/index.ts';
import type { Transaction } from '../transaction.ts';
import { advance } from './advance.ts';
import { about, jobFacts } from './job-facts.ts';

export type DecideAnswer = DecideDecision;

export interface DecideJob {
  nowMs: number;
  jobId: string;
  decision: Decision;
  actor: string;
}

export function decideJob(tx: Transaction, { jobId, decision, actor }: DecideJob): DecideAnswer {
  const job = jobFacts(tx, jobId);
  const answer = decide(job, decision);
  if (answer.kind === 'refused') return answer;
  tx.emit(about(job, { eventType: 'job_decided', actor, payload: { decision } }));
  if (answer.kind === 'failed') {
    const error = new HostError(
      'WORKER_LOST',
      `attempt ${job.attempt} was interrupted, and ${actor} decided not to repeat it`,
    ).toWire(tx.ts) as unknown as Json;
    const payload = { state: 'failed', attempt: job.attempt, error };
    tx.emit(about(job, { eventType: 'job_finished', actor, payload }));
  }
  if (job.runId !== null) advance(tx, job.runId);
  return answer;
}
