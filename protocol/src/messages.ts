/**
 * The shapes that cross the boundary between a host and a worker. The JSON Schemas in `schemas/` say the
 * same to other languages; a test holds the golden fixtures against both.
 */

/** Any value JSON can carry. Numbers are finite and within ±2^53; strings are well-formed Unicode. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
export type JsonSchema = JsonObject;

/** Inclusive range of protocol versions somebody speaks, `[lowest, highest]`. */
export type VersionRange = readonly [lowest: number, highest: number];

/** The one line a host writes to a worker's stdin before it keeps that pipe open for the worker's life. */
export interface StartLine {
  capstan: 1;
  protocol: VersionRange;
  /** Names this worker process for attribution; also in its environment as `CAPSTAN_SESSION`. */
  session: string;
  /** `unix:/absolute/path.sock` or `tcp:127.0.0.1:0`. The worker binds it. */
  listen: string;
  token: string;
  module: string;
  class: string;
  /** `module:Class` of each adapter to bind. */
  adapters: string[];
  dirs: {
    /** Kept between calls and sessions; private to the capability. */
    data: string;
    /** Shared by all capabilities of the machine. */
    models: string;
    /** A call may write its output files under `<calls>/<call id>/` and nowhere else. */
    calls: string;
  };
  secrets: { [name: string]: string };
  /** Those of them that a worker sets as variables of its own process, before it loads the capability. */
  exported?: string[];
  logLevel: 'debug' | 'info' | 'warning' | 'error';
  /** What of a tool's own exceptions may leave the worker; `full` unless said. */
  tracebacks?: TracebackPolicy;
}

/**
 * `full`: the exception and its stack. `repr-only`: the exception without its stack. `none`: neither, and of
 * an exception the tool did not mean for its callers only the type.
 */
export type TracebackPolicy = 'full' | 'repr-only' | 'none';

/** Identity for attribution, and control flags of one call. Unknown keys are ignored by a worker. */
export interface Envelope {
  job_id?: string;
  run_id?: string;
  composition_id?: string;
  node_id?: string;
  actor?: string;
  control?: JsonObject;
}

export type ErrorCategory = 'input' | 'transient' | 'resource' | 'fatal' | 'cancelled';

/** What a failed call, or a failed start, looks like on the wire. */
export interface WireError {
  category: ErrorCategory;
  code: string;
  message: string;
  hint?: string;
  retriable: boolean;
  retryAfterS?: number;
  fieldsInvalid?: string[];
  /** How much of what is missing. Units are in the resource's name, e.g. `gpu_vram_mb`. */
  shortfall?: { resource: string; needed: number | null; available: number | null };
  /** The tool's own exception, as its language prints it. */
  exception?: string;
  traceback?: string;
  /** ISO 8601, UTC. */
  occurredAt: string;
}

/** A file, by reference. Inputs arrive as readable absolute paths; outputs lie in the call's directory. */
export interface FileValue {
  path: string;
  sha256?: string;
  size?: number;
  mediaType?: string;
}
export type TaggedFile = { __wire__: 'capstan.file'; data: FileValue };

/** One line of an `application/x-ndjson` answer. Exactly one terminal frame (`result` or `error`) ends it. */
export type Frame =
  | { event: 'progress'; progress: number; message: string }
  | { event: 'usage'; usage: { [unit: string]: number } }
  | { event: 'account'; type: string; payload: JsonObject }
  | { event: 'chunk'; value: Json }
  | { event: 'result'; value: Json }
  | { event: 'error'; error: WireError };

export interface Health {
  status: 'running';
  pid: number;
  name: string;
  version: string;
  protocol: VersionRange;
  sdk: { name: string; version: string };
  uptimeS: number;
  inFlight: number;
  /** Tasks for which an adapter is bound. */
  tasks?: string[];
}

/** What running an action again may do; see the durability rules of the host. */
export type Effects = 'pure' | 'idempotent' | 'unsafe';

export interface ActionDescription {
  description: string;
  /** JSON Schema of an object: the action's keyword arguments. Files are `{ "$ref": "capstan:file" }`. */
  input: JsonSchema;
  /** JSON Schema of the result, or null where the author declared none. */
  output: JsonSchema | null;
  effects: Effects;
}

/** Public members of a capability class, inherited ones included, each list sorted by name. */
export interface StructuralSurface {
  methods: { name: string; signature: string; params: string[] }[];
  properties: string[];
  attributes: { name: string; type: string }[];
}

/** What `introspect` finds inside an environment, without the worker ever listening. */
export interface Introspection {
  name: string;
  version: string;
  description: string;
  module: string;
  class: string;
  config_schema: JsonSchema | null;
  structural_surface: StructuralSurface;
  actions: { [name: string]: ActionDescription };
  adapters: {
    name: string;
    version: string;
    task_name: string;
    module: string;
    class: string;
    required_tool_protocol: string;
    protocol_members: {
      methods: { name: string; signature: string; params: string[] }[];
      properties: string[];
    };
    /** Public methods of the adapter, callable as `task` + `method`. */
    methods: { [name: string]: ActionDescription };
  }[];
  worker_env: JsonObject[];
  resources?: JsonObject;
  runtime: { language: string; version: string; interpreter: string };
  sdk: { name: string; version: string; protocol: VersionRange };
}
