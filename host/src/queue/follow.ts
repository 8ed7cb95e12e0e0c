import { HostError } from '../errors.ts';
import type { JournaledEvent } from '../stores/index.ts';
import { payloadOf } from '../stores/index.ts';
import type { QueueParts } from './queue.ts';

/** What a committed event means for who runs, who waits and until when. */
export function follow(event: JournaledEvent, parts: QueueParts): void {
  const { holds, notes } = parts;
  holds.follow(event);
  if (event.jobId !== undefined) followJob(event, event.jobId, parts);
  notes.follow(event);
}

function followJob(event: JournaledEvent, jobId: string, parts: QueueParts): void {
  const { dispatcher, expiry } = parts;
  switch (event.type) {
    case 'job_submitted': {
      const { priority = 0, delayMs, expiresAt } = payloadOf(event, 'job_submitted') ?? {};
      const { capability = '', instance = capability, seq: age, ts } = event;
      dispatcher.lineUp({ jobId, instance, priority, age }, delayMs ?? 0);
      if (typeof expiresAt === 'string') expiry.expect(jobId, msBetween(ts, expiresAt));
      return;
    }
    case 'job_interrupted':
      return dispatcher.over(jobId);
    case 'job_retrying':
      return dispatcher.lineUpAgain(jobId, payloadOf(event, 'job_retrying')?.delayMs ?? 0);
    case 'job_reordered':
      return dispatcher.reorder(jobId, payloadOf(event, 'job_reordered')?.priority ?? 0);
    case 'job_decided':
      if (payloadOf(event, 'job_decided')?.decision === 'rerun') lineUpDecided(jobId, parts);
      return;
    case 'job_cancel_requested': {
      const { reason = '' } = payloadOf(event, 'job_cancel_requested') ?? {};
      dispatcher.abort(jobId, new HostError('CANCELLED', reason));
      return;
    }
    case 'job_finished':
      dispatcher.over(jobId);
      expiry.forget(jobId);
      return;
    default:
  }
}

/** A person has said that it runs again; nothing was kept of it meanwhile. */
function lineUpDecided(jobId: string, { store, dispatcher }: QueueParts): void {
  const row = store.reader.job(jobId);
  if (row?.state !== 'pending') return;
  const { capability, priority } = row;
  const instance = row.instance ?? capability;
  dispatcher.lineUp({ jobId, instance, priority, age: store.reader.submittedSeq(jobId) });
}

const msBetween = (from: string, to: string): number => Date.parse(to) - Date.parse(from);
