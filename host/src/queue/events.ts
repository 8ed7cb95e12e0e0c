import type { JournaledEvent } from '../stores/index.ts';

/** What subscribers see: committed journal rows, in order, and live events, which are never stored. */
export type HostEvent = JournaledEvent | LiveEvent;

export type LiveEvent =
  | {
      type: 'progress';
      jobId: string;
      runId?: string;
      nodeId?: string;
      progress: number;
      message: string;
    }
  | { type: 'phase'; jobId: string; runId?: string; nodeId?: string; message: string };

/** True for events that have a `seq`. */
export const isJournaled = (event: HostEvent): event is JournaledEvent => 'seq' in event;
