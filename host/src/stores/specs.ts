import type { Effects, Json, JsonObject, WireError } from '@capstan/protocol';
import type { RetryPolicy } from '../kernel/index.ts';
import type { ArtifactRecord, CallResources } from './rows.ts';

export type { RetryPolicy } from '../kernel/index.ts';

/** What callers hand to the store. */

export interface JobSpec {
  capability: string;
  /** One of its instances; the default one, which has the capability's name, unless given. */
  instance?: string | null;
  action?: string;
  task?: string;
  method?: string;
  input: JsonObject;
  effects: Effects;
  /** 0 to 1,000,000, higher first; 0 unless given. */
  priority?: number;
  actor?: string;
  /** The same key with the same payload is the same job; with another one it is a conflict. */
  idempotencyKey?: string;
  /** An attempt that takes longer is ended; the start of a worker counts. */
  deadlineMs?: number;
  /** The job has to be over within this from its acceptance, waiting and retries included. */
  withinMs?: number;
  /** Not started before this has passed since its acceptance. */
  delayMs?: number;
  /** Attempts that fail in a way that may pass (`retriable`) are repeated. */
  retry?: RetryPolicy;
  /** Flags for the tool, handed through in the call's envelope. */
  control?: JsonObject;
  /** What the job belongs to: a run, or any other word its submitter groups jobs by. */
  runId?: string;
  /** Made by the store unless given. */
  jobId?: string;
  /** Its results go to whoever reads them while it runs. Such a job is never run a second time. */
  stream?: boolean;
}

/** A node of a run: an ordinary job that waits for others. Its `input` may hold references. */
export interface NodeSpec extends Omit<JobSpec, 'idempotencyKey' | 'actor' | 'runId'> {
  nodeId: string;
  /** Everything that must be completed first, whether referred to or only named. */
  needs: string[];
}

export interface RunSpec {
  /** Made by the store unless given. */
  runId?: string;
  name: string;
  /** The composition in its normal form, kept for reports; the store does not look into it. */
  definition: JsonObject;
  definitionHash: string;
  inputs: JsonObject;
  inputsHash: string;
  /** In the order of the file. */
  nodes: NodeSpec[];
  /** Template of the run's outputs, bound when its last node ends. */
  outputs: JsonObject;
  failFast: boolean;
  actor?: string;
  /** The composition's file, absolute, where there is one. */
  source?: string;
  /** The run this one repeats. */
  retryOf?: string;
  /** True: an unfinished run with the same two hashes is handed back instead of starting another. */
  resume: boolean;
}

/**
 * Turns references into values. `compositions` owns the language; the store loads its module in the
 * writer's thread (`StoreOptions.binder`), because a node's input is bound in the very transaction that
 * makes its job. The module must import nothing that is slow to load.
 */
export interface Binder {
  /** Throws a HostError `REFERENCE_UNRESOLVED` when a path leads nowhere. */
  bind(template: Json, scope: BindScope): Json;
}
export interface BindScope {
  inputs: JsonObject;
  /** Output of a completed node. */
  outputOf(nodeId: string): Json;
  /**
   * What may stand for the whole of an input or an output, without reading it, where it is handed on as it
   * is; undefined where that is not worth it. To be passed on, not to be looked into.
   */
  standIn?(root: { input: string } | { node: string }): Json | undefined;
}

export type AttemptOutcome = Measured &
  (
    | { kind: 'completed'; result: Json; artifacts: ArtifactRecord[]; session?: string }
    | { kind: 'failed'; error: WireError; session?: string }
    | { kind: 'cancelled'; error: WireError; session?: string }
  );

/** What is known of a call besides how it ended. */
export interface Measured {
  /** By unit, in the tool's own words; never interpreted, only summed. */
  usage?: { [unit: string]: number };
  /** From the request to the answer, without the start of a worker. */
  durationMs?: number;
  /** Where somebody looked. */
  resources?: CallResources;
  /** The configuration the call ran under. */
  configHash?: string;
}

/** What is set at run time of an instance. A configuration of null is none: what is declared counts. */
export interface InstanceConfiguration {
  instance: string;
  capability: string;
  config: JsonObject | null;
  /** True: it stands on the schema's defaults alone. False: it lies over what is declared. */
  whole: boolean;
  actor: string;
}

/** Which profiles; what is not given is any. */
export interface ProfileFilter {
  instance?: string | undefined;
  configHash?: string | undefined;
}

/** A journal row to be: what is not given is null there. */
export interface EventSpec {
  eventType: string;
  runId?: string | null;
  jobId?: string | null;
  compositionId?: string | null;
  nodeId?: string | null;
  capability?: string | null;
  /** Null for the default instance. */
  instance?: string | null;
  configHash?: string | null;
  task?: string | null;
  method?: string | null;
  action?: string | null;
  session?: string | null;
  actor?: string | null;
  workerReported?: boolean;
  payload: JsonObject;
}

/** What rows about one call have in common. */
export type EventOrigin = Omit<EventSpec, 'eventType' | 'payload'>;

/** An event whose payload is JSON text already: that of an object without a member `$stored`. */
export interface EventText {
  eventType: string;
  json: string;
}
