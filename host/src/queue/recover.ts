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

/**
 * No wait is longer than it was meant to be at first, whatever the wall clock says today. That of a retry is
 * its pause alone: the clock may have jumped by hours between the submission and the failure.
 */
function lineUp(job: PendingJob, { dispatcher, expiry, notes }: QueueParts, nowMs: number): void {
  const { jobId, capability, priority, submittedSeq, submittedAt, notBefore, expiresAt } = job;
  const waitMs = notBefore === null ? 0 : dueInMs(Date.parse(notBefore), job.delayMs ?? 0, nowMs);
  const instance = job.instance ?? capability;
  dispatcher.lineUp({ jobId, instance, priority, age: submittedSeq }, waitMs);
  if (expiresAt !== null) {
    const withinMs = Date.parse(expiresAt) - Date.parse(submittedAt);
    expiry.expect(jobId, dueInMs(Date.parse(expiresAt), withinMs, nowMs));
  }
  notes.watch(jobId);
}
