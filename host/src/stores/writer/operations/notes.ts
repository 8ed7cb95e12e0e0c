import { invariant } from '../../../errors.ts';
import type { EventSpec } from '../../specs.ts';
import type { Transaction } from '../transaction.ts';
import { about, jobFacts } from './job-facts.ts';

export interface WaitNote {
  jobId: string;
  reason: string;
}

export interface NoteWaiting {
  nowMs: number;
  notes: WaitNote[];
}

export function noteWaiting(tx: Transaction, { notes }: NoteWaiting): void {
  for (const { jobId, reason } of notes) {
    const job = jobFacts(tx, jobId);
    // It may have been started since the note was written.
    if (job.state !== 'pending') continue;
    tx.emit(about(job, { eventType: 'job_waiting', payload: { reason: reason.slice(0, 500) } }));
  }
}

export interface Append {
  nowMs: number;
  events: EventSpec[];
}

/** Of an instance it can also be told what only happened to it. */
const told: ReadonlySet<string> = new Set([
  'instance_loaded',
  'instance_unloaded',
  'instance_evicted',
]);
const changesState = (eventType: string): boolean =>
  /^(job|run|node|instance|profiles)_/.test(eventType) && !told.has(eventType);

export function append(tx: Transaction, { events }: Append): void {
  for (const event of events) {
    invariant(
      !changesState(event.eventType),
      `${event.eventType} is written by the operation that decides it`,
    );
    // The one word in a payload that is ours: it says which members lie elsewhere.
    invariant(!('$stored' in event.payload), 'a payload has no member $stored');
  }
  tx.report(
    events.map((event) => {
      const { runId = null, nodeId = null } = event;
      return { compositionId: nodeId === null ? null : runId, ...event };
    }),
  );
}
