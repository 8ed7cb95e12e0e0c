import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Reader } from '../stores/index.ts';
import type { Dispatcher } from './dispatch.ts';
import type { WaitNotes } from './wait-notes.ts';

const jobsPerTurn = 500;

/** Lines up the pending jobs of an earlier host, a page per turn of the event loop. */
export async function lineUpPending(
  reader: Reader,
  dispatcher: Dispatcher,
  notes: WaitNotes,
): Promise<void> {
  let afterSeq = 0;
  for (;;) {
    const page = reader.pendingJobs(afterSeq, jobsPerTurn);
    for (const { jobId, capability, priority, submittedSeq } of page) {
      dispatcher.lineUp({ jobId, capability, priority, age: submittedSeq });
      notes.watch(jobId);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < jobsPerTurn) return;
    afterSeq = last.submittedSeq;
    await nextTurn();
  }
}
