import type { JournaledEvent } from '../stores/index.ts';

/** What subscribers see: committed journal rows, in order, and live events, which are never stored. */
export type HostEvent = JournaledEvent | LiveEvent;

/** What concerns a job, said so that a subscriber to its run hears it too. */
interface OfJob {
  jobId: string;
  runId?: string;
  nodeId?: string;
}

export type LiveEvent =
  | ({ type: 'progress'; progress: number; message: string } & OfJob)
  /** `held`: it is done with its work, but the disk does not take what came of it. */
  | ({ type: 'phase'; message: string; held?: true } & OfJob)
  /** What the process tree behind the job's call uses; `cpuPercent` of one core, since the last sample. */
  | ({ type: 'resources'; session: string; rssBytes: number; cpuPercent: number } & OfJob)
  /** Live events that this subscriber was too slow for. */
  | { type: 'dropped'; count: number; jobId?: undefined; runId?: undefined; nodeId?: undefined };

/** True for events that have a `seq`. */
export const isJournaled = (event: HostEvent): event is JournaledEvent => 'seq' in event;
