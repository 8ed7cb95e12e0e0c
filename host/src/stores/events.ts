import type { Json, JsonObject, WireError } from '@capstan/protocol';
import type { CancelPhase, Decision, Effects, FinalState, RetryPolicy } from '../kernel/index.ts';
import type { ArtifactRecord, CallResources } from './rows.ts';

/**
 * What the payload of each event says. The columns of its journal row say the rest: which job, run, node,
 * capability and instance (null for the default one), who (`actor`), by which worker (`session`).
 *
 * A member that is absent was not known, or is null. One that is too large for a row is absent as well: its
 * hash stands under `$stored`, its value in `payloads`. Members that a newer Capstan added are kept.
 */
export interface EventPayloads {
  job_submitted: {
    effects: Effects;
    priority: number;
    input: JsonObject;
    idempotencyKey?: string | undefined;
    deadlineMs?: number | undefined;
    /** ISO; together with the pause it follows from. */
    notBefore?: string | null;
    delayMs?: number | undefined;
    expiresAt?: string | null;
    retry?: RetryPolicy | undefined;
    control?: JsonObject | undefined;
    /** True where its results go to a reader. */
    stream?: boolean | undefined;
    /** Where parts of the input lie that an earlier node made: `input/audio`. They are null in it. */
    $stored?: { [member: string]: string };
  };
  job_waiting: { reason: string };
  job_started: { attempt: number; callId: string; seat?: SeatRecord | undefined };
  job_interrupted: { attempt: number; next: 'pending' | 'needs_decision'; why: string };
  /** The attempt failed, and is repeated after a pause: the job is pending again. */
  job_retrying: {
    attempt: number;
    notBefore: string;
    delayMs: number;
    /** It had run out of memory: room is made for it first, and its worker is started anew. */
    because?: 'memory' | undefined;
    error: WireError;
    usage?: Usage | undefined;
    durationMs?: number | undefined;
    resources?: CallResources | undefined;
  };
  job_reordered: { from: number; priority: number };
  job_cancel_requested: { reason: string };
  job_cancel_phase: { from: CancelPhase | 'none'; to: CancelPhase };
  job_decided: { decision: Decision };
  job_finished: {
    state: FinalState;
    attempt: number;
    result?: unknown;
    artifacts?: ArtifactRecord[];
    error?: WireError;
    usage?: Usage | undefined;
    durationMs?: number | undefined;
    resources?: CallResources | undefined;
  };
  run_submitted: {
    name: string;
    source: string | null;
    retryOf: string | null;
    definition: JsonObject;
    definitionHash: string;
    inputs: JsonObject;
    inputsHash: string;
    failFast: boolean;
    nodeIds: string[];
    /** What its nodes do; `again` says why nodes that an earlier run completed are done again. */
    plan: JsonObject;
  };
  node_skipped: { state: 'skipped' | 'cancelled'; because: string };
  /** Which job of the earlier run stands for it is a column. */
  node_reused: EmptyPayload;
  run_cancel_requested: { reason: string };
  run_finished: {
    state: 'completed' | 'failed' | 'cancelled';
    outputs?: JsonObject;
    /** Where outputs lie that nodes made: they are null above. */
    $stored?: { [member: string]: string };
    error?: WireError;
  };
  instance_enabled: EmptyPayload;
  instance_disabled: EmptyPayload;
  /** What is set at run time; null: nothing any more. `whole`: on the schema's defaults alone. */
  instance_configured: { config: JsonObject | null; whole: boolean };
  instance_env_set: { env: { [name: string]: string } | null };
  instance_forgotten: EmptyPayload;
  /** Those of this instance, under this configuration; absent: of all of them. */
  profiles_reset: { instance?: string | undefined; configHash?: string | undefined; count: number };
  host_started: {
    hostId: string;
    pid: number;
    version: string;
    node: string;
    recovered: { [what: string]: number };
  };
  host_stopped: { hostId: string; pid: number };
  worker_spawned: { pid: number; module: string; version: string; env: string[] };
  worker_ready: { waitMs: number };
  config_applied: { phase: 'load' | 'reconfigure' | 'reload'; keys: string[]; enabled?: boolean };
  instance_loaded: { [member: string]: Json };
  instance_unloaded: { [member: string]: Json };
  adapter_bound: { specs: string[] };
  /** What a live worker says of itself that its manifest does not: the parts, and each difference in words. */
  capability_drifted: { parts: string[]; differences: string[]; message: string; hint: string };
  /** An adapter that was to be bound failed in the worker, which serves without it. */
  adapter_left_out: { spec: string; task: string; message: string; hint: string };
  version_skewed: { running: string; host: string; message: string; hint: string };
  environment_changed: { environment: string; changes: string[]; message: string; hint: string };
  worker_died: {
    phase: 'start' | 'initialize' | 'call' | 'idle' | 'stop';
    code: number | null;
    signal: string | null;
    message: string;
    /** Processes of its tree that could not be ended. */
    survivors?: number[];
  };
  /** A long call came forward: told once a minute at most, and only where `progress` (0 to 1) has risen. */
  call_progressed: { progress: number; message: string };
  /** What a tool told of its own accord. */
  task_account: { type: string; payload: JsonObject };
  /** Those that could not be written: the disk took them neither then nor later. */
  task_accounts_dropped: { count: number; bytes: number };
  store_wedged: { cause: string; since: string };
  store_recovered: { wedgedMs: number };
  /** Another copy of the database was found than the one last written: the rows between are not in it. */
  store_restored: { message: string; recorded: Head; found: Head };
}

/** What was granted on the machine for the instance of a call while it ran. */
export interface SeatRecord {
  lease: string;
  token: number;
  /** The GPU it was given, by index. */
  gpu?: number;
}

/** By unit, in the tool's own words. */
interface Usage {
  [unit: string]: number;
}

interface Head {
  seq: number;
  hash: string;
}

type EmptyPayload = { [member: string]: never };

/** Events that change a job or a run. Replaying them in order yields the tables; see `project/`. */
export type ProjectedEventType =
  | 'job_submitted'
  | 'job_waiting'
  | 'job_started'
  | 'job_interrupted'
  | 'job_retrying'
  | 'job_reordered'
  | 'job_cancel_requested'
  | 'job_cancel_phase'
  | 'job_decided'
  | 'job_finished'
  | 'node_skipped'
  | 'node_reused'
  | 'run_submitted'
  | 'run_cancel_requested'
  | 'run_finished'
  | 'instance_enabled'
  | 'instance_disabled'
  | 'instance_configured'
  | 'instance_env_set'
  | 'instance_forgotten'
  | 'profiles_reset';

/** Events that are only told, by those who know: instances, capabilities, tools. */
export type ReportedEventType =
  | 'host_started'
  | 'host_stopped'
  | 'store_wedged'
  | 'store_recovered'
  | 'store_restored'
  | 'worker_spawned'
  | 'worker_ready'
  | 'worker_died'
  | 'config_applied'
  | 'instance_loaded'
  | 'instance_unloaded'
  | 'adapter_bound'
  | 'capability_drifted'
  | 'adapter_left_out'
  | 'version_skewed'
  | 'environment_changed'
  | 'call_progressed'
  | 'task_account'
  | 'task_accounts_dropped'
  | (string & {});

/** A committed journal row, as subscribers see it. */
export interface JournaledEvent {
  type: ProjectedEventType | ReportedEventType;
  seq: number;
  ts: string;
  runId?: string;
  jobId?: string;
  nodeId?: string;
  capability?: string;
  /** Absent for the default instance. */
  instance?: string;
  session?: string;
  payload: JsonObject;
}

/** The payload as that type of event has it; undefined for an event of another type. */
export function payloadOf<Type extends keyof EventPayloads>(
  event: Pick<JournaledEvent, 'type' | 'payload'>,
  type: Type,
): Partial<EventPayloads[Type]> | undefined {
  return event.type === type ? (event.payload as Partial<EventPayloads[Type]>) : undefined;
}
