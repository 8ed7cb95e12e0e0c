import { readFileSync } from 'node:fs';
import type { Json, JsonObject } from '@capstan/protocol';
import type { LiveWorker } from '../../host/src/workers/index.ts';

let made = 0;
export const newCallId = (): string => `call_${made++}`;

/** One call through the host's own client; the value it ends with. */
export async function call(worker: LiveWorker, action: string, kwargs: JsonObject): Promise<Json> {
  const outcome = await worker.call({ callId: newCallId(), target: { action }, kwargs });
  if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome.error));
  return outcome.value;
}

/** The value itself, also where it was too large to travel and came as a file of JSON. */
export function wholeValue(value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { __wire__: kind, data } = value;
  if (kind !== 'capstan.file' || typeof data !== 'object' || data === null || Array.isArray(data)) {
    return value;
  }
  return JSON.parse(readFileSync(String(data['path']), 'utf8')) as Json;
}
