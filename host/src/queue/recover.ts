import { setImmediate as nextTurn } from 'node:timers/promises';
import { dueInMs } from '../kernel/index.ts';
import type { PendingJob } from '../stores/index.ts';
import type { QueueParts } from './queue.ts';

const jobsPerTurn = 500;

/** Lines up the pending jobs of an earlier host, a page per turn of the event loop. */
export async function lineUpPending(parts: QueueParts, nowMs: number): Promise<void> {
  const { store, holds } = parts;
  holds.disable(store.reader.disabledInstances());
  let afterSeq = 0;
  for (;;) {
    const page = store.reader.pendingJobs(afterSeq, jobsPerTurn);
    for (const job of page) lineUp(job, parts, nowMs);
    const last = page.at(-1);
    if (last === undefined || page.length < jobsPerTurn) return;
    afterSeq = last.submittedSeq;
    await nextTurn();
  }
}

/** No wait is longer than it was meant to be at first, whatever the wall clock says today. */
function lineUp(job: PendingJob, { dispatcher, expiry, notes }: QueueParts, nowMs: number): void {
  const { jobId, capability, priority, submittedSeq, submittedAt, notBefore, expiresAt } = job;
  const leftMs = (until: string) =>
    dueInMs(Date.parse(until), Date.parse(until) - Date.parse(submittedAt), nowMs);
  const delayMs = notBefore === null ? 0 : leftMs(notBefore);
  dispatcher.lineUp({ jobId, capability, priority, age: submittedSeq }, delayMs);
  if (expiresAt !== null) expiry.expect(jobId, leftMs(expiresAt));
  notes.watch(jobId);
}
