import type { Envelope, Json, JsonObject } from './messages.ts';

/** Body of `POST /execute` and `POST /execute_stream`; `kwargs.action` names the action. */
export interface ExecuteRequest {
  args: Json[];
  kwargs: JsonObject;
  envelope?: Envelope;
}

/** Body of `POST /task`: a method of the adapter bound for the task. */
export interface TaskRequest {
  task: string;
  method: string;
  kwargs: JsonObject;
  envelope?: Envelope;
}

/** Body of `POST /cancel`. Without `call`, every call in flight is cancelled. */
export interface CancelRequest {
  call?: string;
  reason?: string;
}

/** Body of every answer of a worker that is not 200. */
export interface Refusal {
  _job_error: import('./messages.ts').WireError;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a worker reads of an envelope: the keys it knows, with the types they should have. Null when nothing is left. */
export function readEnvelope(value: unknown): Envelope | null {
  if (!isObject(value)) return null;
  const envelope: Envelope = {};
  for (const key of ['job_id', 'run_id', 'composition_id', 'node_id', 'actor'] as const) {
    const found = text(value[key]);
    if (found !== undefined) envelope[key] = found;
  }
  if (isObject(value['control'])) envelope.control = value['control'];
  return Object.keys(envelope).length === 0 ? null : envelope;
}
