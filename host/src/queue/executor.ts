import type { Json, JsonObject } from '@capstan/protocol';
import type { AttemptOutcome, JobRow } from '../stores/index.ts';

/** How a job is really done. Handed in, so that the queue knows nothing of workers. */
export type Executor = (job: JobRow, attempt: AttemptContext) => Promise<ExecuteOutcome>;

/** An executor reports failure as an outcome; one that throws is taken for failed too. */
export type ExecuteOutcome = AttemptOutcome;

/** What an executor is told of one attempt, and tells. */
export interface AttemptContext {
  /** 1 for the first. */
  readonly attempt: number;
  readonly callId: string;
  /**
   * Aborted by a cancel of this job, by the end of the host, and when the job's time is over; the reason is
   * a HostError CANCELLED or DEADLINE_EXCEEDED, with which the attempt is to end.
   */
  readonly signal: AbortSignal;
  /** `progress` from 0 to 1. */
  onProgress(progress: number, message: string): void;
  /**
   * A worker's own words for the journal; recorded as `task_account`. A promise says that too much of it is on
   * its way to the disk, and is to be waited for.
   */
  onAccount(type: string, payload: JsonObject): void | Promise<void>;
  /** One value of a stream, and about how many characters it was. A promise says that the reader is behind. */
  onChunk(value: Json, characters?: number): void | Promise<void>;
  /** Which worker got the call. */
  onSession(session: string, pid: number): void;
  /** What the attempt is busy with before and after the call, such as "starting worker". */
  onPhase(text: string): void;
  /** It was asked to stop and did not in time: what it runs in is being ended, or will be. */
  onForce(): void;
  /** Whether somebody would hear of resources now; looking at them is not free. */
  wantsResources(): boolean;
  /** What the processes behind the call use. */
  onResources(usage: ResourceUsage): void;
}

export interface ResourceUsage {
  rssBytes: number;
  /** Of one core: 200 for two busy ones. */
  cpuPercent: number;
}
