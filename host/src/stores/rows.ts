import type { Effects, Json, JsonObject, WireError } from '@capstan/protocol';
import type { CancelPhase, JobState, NodeState, RetryPolicy, RunState } from '../kernel/index.ts';

export type { CancelPhase } from '../kernel/index.ts';

/** What the stores hand out: one shape per table, in camel case, with JSON columns already parsed. */

export interface JobRow {
  jobId: string;
  state: JobState;
  capability: string;
  action: string | null;
  task: string | null;
  method: string | null;
  /** References of a composition are already bound. */
  input: JsonObject;
  effects: Effects;
  priority: number;
  runId: string | null;
  nodeId: string | null;
  actor: string | null;
  idempotencyKey: string | null;
  deadlineMs: number | null;
  /** When the job has to be over. */
  expiresAt: string | null;
  /** Not started before this. */
  notBefore: string | null;
  retry: RetryPolicy | null;
  control: JsonObject | null;
  /** How far the cancel of its running attempt has come; null where none was asked for. */
  cancelPhase: CancelPhase | null;
  /** 0 until the first attempt. */
  attempt: number;
  waitReason: string | null;
  cancelRequested: boolean;
  submittedAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  result: Json | null;
  error: WireError | null;
  /** The worker session of the last attempt. */
  session: string | null;
}

export interface AttemptRow {
  jobId: string;
  attempt: number;
  callId: string;
  state: 'running' | 'completed' | 'failed' | 'cancelled' | 'interrupted';
  session: string | null;
  startedAt: string;
  finishedAt: string | null;
  error: WireError | null;
}

export interface RunRow {
  runId: string;
  name: string;
  state: RunState;
  /** The composition as it was submitted, in its normal form. */
  definition: JsonObject;
  inputs: JsonObject;
  outputs: JsonObject | null;
  error: WireError | null;
  failFast: boolean;
  definitionHash: string;
  inputsHash: string;
  actor: string | null;
  /** The composition's file, where there is one. */
  source: string | null;
  /** The run this one repeats. */
  retryOf: string | null;
  cancelRequested: boolean;
  startedAt: string;
  finishedAt: string | null;
}

export interface RunNodeRow {
  runId: string;
  nodeId: string;
  /** Order in the composition's file. */
  position: number;
  state: NodeState;
  needs: string[];
  capability: string;
  action: string | null;
  task: string | null;
  method: string | null;
  jobId: string | null;
  /** Its job was done by an earlier run, of which this one is a repetition. */
  reused: boolean;
  /** Why it is done again, although the run that this one repeats had completed it. */
  again: string | null;
  attempts: number;
  waitReason: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  error: WireError | null;
  output: Json;
}

/** A file made by a call, already moved to where its content hash says. */
export interface ArtifactRecord {
  path: string;
  sha256: string;
  size: number;
  name: string;
  mediaType?: string;
}

export interface ArtifactRow extends ArtifactRecord {
  jobId: string;
  runId: string | null;
  nodeId: string | null;
  attempt: number;
}

export interface JournalRow {
  seq: number;
  eventId: string;
  ts: string;
  eventType: string;
  runId: string | null;
  jobId: string | null;
  compositionId: string | null;
  nodeId: string | null;
  capability: string | null;
  configHash: string | null;
  task: string | null;
  method: string | null;
  action: string | null;
  session: string | null;
  actor: string | null;
  /** True where the words are a worker's own and the host cannot vouch for them. */
  workerReported: boolean;
  payload: JsonObject;
  prevHash: string;
  hash: string;
}
