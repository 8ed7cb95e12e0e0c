import type { Json, JsonObject } from '@capstan/protocol';
import { wireError } from '@capstan/protocol';
import type { CallOutcome } from '../answer.ts';
import { progressOf } from './progress.ts';

/** What was asked in the words of our protocol. */
interface Question {
  method: 'GET' | 'POST';
  path: string;
  body: Json | undefined;
  /** The calls that run now. */
  inFlight: readonly string[];
}

type Put = (method: 'GET' | 'POST', path: string, body?: Json) => Promise<CallOutcome>;
type Translator = (put: Put, question: Question) => Promise<CallOutcome>;

/** Most endpoints have the same name, body and answer there. These do not. */
const translators: { readonly [path: string]: Translator } = {
  /** A worker that cannot reconfigure is initialized anew; it must not be told of what it cannot do. */
  '/reconfigure': async (put, { body }) => {
    const outcome = await put('POST', '/reconfigure', body);
    const lacksIt =
      outcome.kind === 'result'
        ? statusOf(outcome.value) === 'not_supported'
        : outcome.kind === 'error' && outcome.error.code === 'NOT_SUPPORTED';
    if (!lacksIt) return outcome;
    const fresh = (body as JsonObject | undefined)?.['new_config'] ?? {};
    const initialized = await put('POST', '/initialize', fresh);
    if (initialized.kind !== 'result') return initialized;
    return { kind: 'result', value: { status: 'reconfigured' } };
  },

  '/initialize': (put, { body }) => put('POST', '/initialize', body ?? {}),

  '/on_enable': hook,
  '/on_disable': hook,

  '/health': async (put, { inFlight }) =>
    mapped(await put('GET', '/health'), (health) => ({
      status: health['status'] ?? 'running',
      pid: health['pid'] ?? null,
      name: health['name'] ?? 'unknown',
      version: health['version'] ?? 'unknown',
      protocol: [1, 1],
      sdk: { name: 'cjm-substrate', version: health['substrate_version'] ?? 'unknown' },
      inFlight: inFlight.length,
    })),

  /** Theirs is one for the worker; it is that of each call that runs. */
  '/progress': async (put, { inFlight }) =>
    mapped(await put('GET', '/progress'), (found) => {
      const progress = progressOf(found) ?? { progress: -1, message: '' };
      return { calls: Object.fromEntries(inFlight.map((callId) => [callId, { ...progress }])) };
    }),
};

/** How an endpoint of ours is asked there, and what its answer means here. */
export const translatorOf = (path: string): Translator =>
  translators[path] ?? ((put, { method, path: same, body }) => put(method, same, body));

/** A hook that failed answers 200 there, with the reason in the body. */
async function hook(put: Put, { path }: Question): Promise<CallOutcome> {
  const outcome = await put('POST', path);
  if (outcome.kind !== 'result' || statusOf(outcome.value) !== 'error') return outcome;
  const detail = (outcome.value as JsonObject)['detail'];
  const message = typeof detail === 'string' && detail !== '' ? detail : `${path.slice(1)} failed`;
  return { kind: 'error', error: wireError({ category: 'fatal', code: 'TOOL_FAILED', message }) };
}

function mapped(outcome: CallOutcome, map: (value: JsonObject) => JsonObject): CallOutcome {
  if (outcome.kind !== 'result') return outcome;
  const { value } = outcome;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return { kind: 'result', value: map(isObject ? value : {}) };
}

const statusOf = (value: Json): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? value['status']
    : undefined;
