import type { Effects, Json, JsonObject, WireError } from '@capstan/protocol';
import type { CancelPhase, JobState, NodeState, RetryPolicy, RunState } from '../kernel/index.ts';

export type { CancelPhase } from '../kernel/index.ts';

/** What the stores hand out: one shape per table, in camel case, with JSON columns already parsed. */

export interface JobRow {
  jobId: string;
  state: JobState;
  capability: string;
  /** Null for the default instance, which has the capability's name. */
  instance: string | null;
  action: string | null;
  task: string | null;
  method: string | null;
  /** Its results go to its reader while it runs. */
  stream: boolean;
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
  /** What its worker used during the last attempt that ended; null where nobody looked. */
  resources: CallResources | null;
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
  instance: string | null;
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
  /** Null for the default instance. */
  instance: string | null;
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

/** What was said of an instance at run time. One of which nothing was said has no row, and is enabled. */
export interface InstanceRow {
  instanceId: string;
  capability: string | null;
  enabled: boolean;
  /** What was set; null where nothing was. */
  config: JsonObject | null;
  /** The configuration stands on the schema's defaults alone, whatever is declared. */
  configWhole: boolean;
  env: { [name: string]: string } | null;
  changedAt: string;
  /** Why a part of the row could not be read, and is taken for empty. */
  problem?: string;
}

/** What the calls of one instance under one configuration came to. */
export interface ProfileRow {
  instance: string;
  capability: string;
  configHash: string;
  /** Attempts that ended, however they did. */
  calls: number;
  completed: number;
  /** Totals by unit, as the tool names them. */
  usage: { [unit: string]: number };
  /** How long the completed ones took; null before the first. */
  meanDurationMs: number | null;
  /** Completed calls during which somebody looked at what their worker used. The next four are of these. */
  measured: number;
  meanCpuPercent: number | null;
  meanRssBytes: number | null;
  peakRssBytes: number | null;
  /** Of these, the calls for which use of GPU memory could be told. Null while there are none. */
  vramMeasured: number;
  meanVramBytes: ByDevice | null;
  peakVramBytes: ByDevice | null;
  /** What calls held that failed or were cancelled: they may have needed more, or nothing of it. */
  failedMeasured: number;
  failedPeakRssBytes: number | null;
  failedPeakVramBytes: ByDevice | null;
  lastAt: string;
}

/** Bytes by the index of a GPU; one of which nothing is held is left out. */
export interface ByDevice {
  [index: string]: number;
}

/** What the process tree of a worker used while a call ran in it. */
export interface CallResources {
  peakRssBytes: number;
  meanRssBytes: number;
  /** Of one core: 200 for two busy ones. Null where one look alone says nothing. */
  meanCpuPercent: number | null;
  /** Null where use of GPU memory could not be told. */
  peakVramBytes: ByDevice | null;
  /** How often somebody looked. */
  samples: number;
}
