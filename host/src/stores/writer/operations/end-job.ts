import type { WireError } from '@capstan/protocol';
import { HostError } from '../../../errors.ts';
import type { Job } from '../../../kernel/index.ts';
import type { EventPayloads } from '../../events.ts';
import type { JobRow } from '../../rows.ts';
import type { Transaction } from '../transaction.ts';
import { about, type JobFacts } from './job-facts.ts';

interface Ending extends EventPayloadOfEnd {
  /** Who decided it, where that is not who submitted the job. */
  actor?: string;
  session?: string | undefined;
  configHash?: string | undefined;
}
type EventPayloadOfEnd = Omit<EventPayloads['job_finished'], 'attempt'>;

/**
 * Journals the one terminal event of a job, whatever it was that ended it. A cancel that was under way is
 * done with it. What the end means for a run is up to the caller, who `advance`s it.
 */
export function endJob(tx: Transaction, job: JobFacts | JobRow, ending: Ending): void {
  const { actor, session = null, configHash = null, ...payload } = ending;
  const who = actor === undefined ? {} : { actor };
  if (isBeingCancelled(job)) {
    const moved = { from: job.cancelPhase ?? 'none', to: 'done' } as const;
    tx.emit(about(job, { eventType: 'job_cancel_phase', ...who, payload: moved }));
  }
  const { attempt } = job;
  tx.emit(
    about(job, {
      eventType: 'job_finished',
      ...who,
      session,
      configHash,
      payload: { ...payload, attempt },
    }),
  );
}

const isBeingCancelled = ({ state, cancelRequested }: Pick<Job, 'state' | 'cancelRequested'>) =>
  state === 'running' && cancelRequested;

export function cancelledError(reason: string, ts: string): WireError {
  return new HostError('CANCELLED', reason).toWire(ts);
}
