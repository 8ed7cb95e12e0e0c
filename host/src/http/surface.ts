import type { AnyComposition, HostEvent, JobRow, Json, JsonObject, RunReport } from '../index.ts';

/**
 * What a host can be asked, whether it is in this process or in another one: commands are written against
 * this and cannot tell the difference. A host in another process answers over its control socket, with the
 * same errors; when it ends before it has answered, that is HOST_LOST.
 */
export interface HostSurface {
  /**
   * Accepts all of these, or none. Throws CAPABILITY_NOT_FOUND, ACTION_NOT_FOUND, INPUT_INVALID,
   * CAPABILITY_DISABLED, IDEMPOTENCY_CONFLICT, PAYLOAD_TOO_LARGE, STORE_WEDGED.
   */
  submit(requests: readonly JobRequest[]): Promise<JobRow[]>;
  /**
   * The job when it is over or waits for a person's decision. Throws JOB_NOT_FOUND, and DEADLINE_EXCEEDED
   * after `timeoutMs`, which leaves the job as it is.
   */
  wait(jobId: string, options?: WaitOptions): Promise<JobRow>;
  /** The job at this moment. Throws JOB_NOT_FOUND. */
  job(jobId: string): Promise<JobRow>;
  /** Cancels a run or a job, by the look of its id. Throws JOB_NOT_FOUND, JOB_OVER. */
  cancel(id: string, reason: string): Promise<CancelAnswer>;
  /** Throws JOB_NOT_FOUND, DECISION_NOT_NEEDED. */
  decide(jobId: string, decision: 'rerun' | 'fail', actor: string): Promise<void>;
  /** Answers the job as it stands in line now. Throws JOB_NOT_FOUND, JOB_OVER. */
  reorder(jobId: string, place: Place): Promise<JobRow>;
  /** Throws CAPABILITY_NOT_FOUND. */
  setEnabled(instance: string, isEnabled: boolean, actor: string): Promise<void>;
  /** Throws COMPOSITION_INVALID, INPUT_INVALID, CAPABILITY_DISABLED. */
  runComposition(
    given: AnyComposition,
    inputs: JsonObject,
    options: RunOptions,
  ): Promise<{ runId: string; resumed: boolean }>;
  /** A new run, in which what was completed is taken over. Throws JOB_NOT_FOUND, DEFINITION_CHANGED. */
  retryRun(runId: string, options: RetryOptions): Promise<{ runId: string }>;
  /** Throws JOB_NOT_FOUND, DEFINITION_CHANGED, JOB_OVER. */
  resumeRun(runId: string, options: ResumeOptions): Promise<{ runId: string }>;
  /** The run at this moment. Throws JOB_NOT_FOUND. */
  report(runId: string): Promise<RunReport>;
  /** The run when it is over, or when nothing of it can go on before a person decides. */
  finished(runId: string, options?: WaitOptions): Promise<RunReport>;
  stats(): Promise<JsonObject>;
  /** The number of the journal's last row: a cursor for `events`. */
  lastSeq(): Promise<number>;
  /** Journaled events from a cursor (else from now on), without gap or double; live ones if asked for. */
  events(options: EventOptions): AsyncIterable<HostEvent>;
}

/** A job as somebody asks for it. */
export interface JobRequest {
  capability: string;
  action?: string;
  task?: string;
  method?: string;
  input?: JsonObject;
  priority?: number;
  actor?: string;
  runId?: string;
  idempotencyKey?: string;
  /** Per attempt. */
  deadlineMs?: number;
  /** From acceptance to the end, everything included. */
  withinMs?: number;
  delayMs?: number;
  retry?: {
    attempts: number;
    backoffMs?: number;
    factor?: number;
    maxBackoffMs?: number;
    jitter?: number;
  };
  control?: JsonObject;
  /** What paths among the inputs are relative to; absolute. */
  cwd?: string;
}

export type Place = { priority: number } | { to: 'first' | 'last' };

export interface WaitOptions {
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface RunOptions {
  /** What given paths are relative to; absolute. */
  cwd: string;
  /** Start anew, even when the same run is unfinished. */
  fresh?: boolean;
  actor?: string;
}

export interface RetryOptions {
  /** This node and what follows from it are run again, completed or not. */
  from?: string;
  /** Another definition than the one the run was made with. */
  definition?: AnyComposition;
  actor?: string;
}

export interface ResumeOptions {
  /** Go on as recorded, although the composition's file has changed since. */
  asRecorded?: boolean;
}

export interface EventOptions {
  afterSeq?: number;
  jobId?: string;
  runId?: string;
  live?: boolean;
  signal?: AbortSignal;
}

/** What became of a cancel: the state now, and the running jobs that are asked to stop. */
export interface CancelAnswer {
  state: string;
  aborting: string[];
}

/** What an answer over the socket may hold. */
export type Answer = { readonly [member: string]: Json | undefined };
