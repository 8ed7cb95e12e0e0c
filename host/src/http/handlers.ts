import { HostError } from '../errors.ts';
import type { JsonObject, RunReport } from '../index.ts';
import { eventLines } from './event-lines.ts';
import {
  changeForm,
  jobRequest,
  loadRequest,
  manyForm,
  placeIn,
  replacementOf,
  retryOf,
  startOf,
} from './forms.ts';
import { leaseHandlers } from './lease-handlers.ts';
import { limits } from './limits.ts';
import { longAnswer } from './long-answer.ts';
import { errorBody } from './errors.ts';
import {
  flag,
  number,
  objects,
  oneOf,
  optional,
  read,
  text,
  texts,
  textsOrNull,
  wholeNumber,
} from './read.ts';
import type { RouteName } from './routes.ts';
import { Newest, streamLines } from './stream-lines.ts';
import type { HostSurface, LoadResult, UnloadResult } from './surface.ts';

/** A host in this process; it may answer at once. */
export type Served = {
  [member in keyof HostSurface]: HostSurface[member] extends (
    ...args: infer Args
  ) => Promise<infer Answer>
    ? (...args: Args) => Promise<Answer> | Answer
    : HostSurface[member];
};

export interface Serving {
  host: Served;
  /** Facts about this host for whoever asks how it is. */
  health: () => JsonObject;
  /** Asks the host to end; throws where that is not for others to ask. */
  shutdown: (graceMs: number | undefined) => void;
}

/** A request that has passed the door. */
export interface Asked {
  /** What stands in the path where the route has `:id` or `:name`. */
  param: string;
  query: { readonly [name: string]: string | undefined };
  body: JsonObject;
  /** Aborted when the client has gone. */
  signal: AbortSignal;
}

export type Handler = (
  asked: Asked,
  serving: Serving,
) => Promise<object | Response> | object | Response;

/** What each route does: reads the request, asks the host, and says what it answered. */
export const handlers: { readonly [name in RouteName]: Handler } = {
  health: async (_, { health, host }) => ({ ...health(), seq: await host.lastSeq() }),

  stats: async (_, { host }) => ({ stats: await host.stats() }),

  resources: async (_, { host }) => ({ resources: await host.resources() }),

  resetProfiles: async ({ body }, { host }) => {
    const form = { instance: optional(text), configHash: optional(text), actor: text };
    const { actor, ...filter } = read(body, form);
    return host.resetProfiles(filter, actor);
  },

  job: async ({ param, query }, { host }) => {
    const waitMs = wholeNumber(query['waitMs'], 'waitMs');
    if (waitMs === undefined) return { job: await host.job(param) };
    const timeoutMs = Math.min(waitMs, limits.waitMs);
    return orNotYet(async () => ({ job: await host.wait(param, { timeoutMs }) }));
  },

  run: async ({ param, query }, { host }) => {
    const waitMs = wholeNumber(query['waitMs'], 'waitMs');
    if (waitMs === undefined) return { report: await host.report(param) };
    const timeoutMs = Math.min(waitMs, limits.waitMs);
    return orNotYet(async () => ({ report: await within(timeoutMs, endOf(param, host)) }));
  },

  events: ({ query, signal }, { host }) => {
    const afterSeq = wholeNumber(query['after'], 'after');
    const { job: jobId, run: runId } = query;
    const ending = new AbortController();
    const events = host.events({
      ...(afterSeq === undefined ? {} : { afterSeq }),
      ...(jobId === undefined ? {} : { jobId }),
      ...(runId === undefined ? {} : { runId }),
      live: query['live'] === '1',
      signal: AbortSignal.any([signal, ending.signal]),
    });
    return new Response(
      eventLines(events, () => ending.abort()),
      { headers: { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' } },
    );
  },

  submit: async ({ body }, { host }) => {
    const { jobs } = read(body, { jobs: objects });
    return { jobs: await host.submit(jobs.map((job, i) => jobRequest(job, `jobs[${i}].`))) };
  },

  stream: async ({ body, signal }, { host }) => {
    const newest = new Newest();
    const leaving = new AbortController();
    const leave = (): void => leaving.abort(new HostError('CANCELLED', 'its reader left'));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    const stream = host.stream(jobRequest(body, ''), {
      signal: leaving.signal,
      onProgress: newest.hear,
    });
    // What is refused is answered as any other request that is.
    const jobId = await stream.jobId;
    return new Response(streamLines(stream, jobId, newest), {
      headers: { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' },
    });
  },

  decide: async ({ param, body }, { host }) => {
    const { decision, actor } = read(body, { decision: oneOf('rerun', 'fail'), actor: text });
    await host.decide(param, decision, actor);
    return {};
  },

  reorder: async ({ param, body }, { host }) => ({ job: await host.reorder(param, placeIn(body)) }),

  cancel: async ({ body }, { host }) => {
    const { id, reason } = read(body, { id: text, reason: text });
    return { cancelled: await host.cancel(id, reason) };
  },

  startRun: async ({ body }, { host }) => {
    const { source, inputs, options } = startOf(body);
    return host.runComposition(source, inputs, options);
  },

  retryRun: async ({ param, body }, { host }) => host.retryRun(param, retryOf(body)),

  replaceRun: async ({ param, body }, { host }) => host.replaceRun(param, replacementOf(body)),

  resumeRun: async ({ param, body }, { host }) =>
    host.resumeRun(param, read(body, { asRecorded: optional(flag) })),

  setEnabled: async ({ param, body }, { host }) => {
    const { enabled, actor } = read(body, { enabled: flag, actor: text });
    await host.setEnabled(param, enabled, actor);
    return {};
  },

  instances: async (_, { host }) => ({ instances: await host.instances() }),

  load: ({ body, signal }, { host }) => {
    const request = loadRequest(body);
    return longAnswer(signal, async (options) => ({
      instance: await host.load(request, options),
    }));
  },

  loadAll: ({ body, signal }, { host }) => {
    const { requests, ...options } = read(body, { requests: objects, ...manyForm });
    const each = requests.map((request, i) => loadRequest(request, `requests[${i}].`));
    return longAnswer(signal, async (long) => {
      const results = await host.loadAll(each, { ...options, signal: long.signal });
      return { results: results.map(sendable) };
    });
  },

  unload: ({ param, body, signal }, { host }) => {
    const options = read(body, { forget: optional(flag), actor: optional(text) });
    return longAnswer(signal, async (long) => {
      await host.unload(param, { ...options, signal: long.signal });
      return {};
    });
  },

  unloadAll: ({ body, signal }, { host }) => {
    const { ids, ...options } = read(body, { ids: texts, ...manyForm });
    return longAnswer(signal, async (long) => {
      const results = await host.unloadAll(ids, { ...options, signal: long.signal });
      return { results: results.map(sendable) };
    });
  },

  reload: ({ param, body, signal }, { host }) => {
    const form = read(body, { stopFirst: optional(flag), actor: optional(text) });
    return longAnswer(signal, async (options) => ({
      instance: await host.reload(param, { ...form, ...options }),
    }));
  },

  config: async ({ param }, { host }) => ({ config: await host.config(param) }),

  configure: ({ param, body, signal }, { host }) => {
    const change = read(body, changeForm);
    return longAnswer(signal, async (options) => ({
      config: await host.configure(param, change, options),
    }));
  },

  configOptions: ({ param, body, signal }, { host }) => {
    const options = read(body, { start: optional(flag) });
    return longAnswer(signal, async () => ({ options: await host.configOptions(param, options) }));
  },

  prefetch: ({ param, body, signal }, { host }) => {
    read(body, {});
    return longAnswer(signal, async (options) => ({
      prefetch: await host.prefetch(param, options),
    }));
  },

  setEnv: async ({ param, body }, { host }) => {
    const { env, actor } = read(body, { env: textsOrNull, actor: optional(text) });
    return host.setEnv(param, env, actor);
  },

  secretsChanged: ({ param, body, signal }, { host }) => {
    read(body, {});
    return longAnswer(signal, async () => {
      await host.secretsChanged(param);
      return {};
    });
  },

  unlockSecrets: async ({ body }, { host }) => {
    await host.unlockSecrets(read(body, { passphrase: text }).passphrase);
    return {};
  },

  ...leaseHandlers,

  shutdown: ({ body }, { shutdown }) => {
    shutdown(read(body, { graceMs: optional(number) }).graceMs);
    return {};
  },
};

/** An error has to be an object of its own kind again at the other end. */
const sendable = (result: LoadResult | UnloadResult): object =>
  result.kind === 'failed' ? { ...result, error: errorBody(result.error) } : result;

/** The end of a run is waited for once, however many clients ask for it, and however often. */
const endsOfRuns = new WeakMap<Served, Map<string, Promise<RunReport>>>();

function endOf(runId: string, host: Served): Promise<RunReport> {
  const ends = endsOfRuns.get(host) ?? new Map<string, Promise<RunReport>>();
  endsOfRuns.set(host, ends);
  let end = ends.get(runId);
  if (end === undefined) {
    end = Promise.resolve(host.finished(runId)).finally(() => ends.delete(runId));
    ends.set(runId, end);
  }
  return end;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new HostError('DEADLINE_EXCEEDED', 'not yet')), ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** That something is not over yet is no error but an answer: the client asks again. */
async function orNotYet(answer: () => Promise<object>): Promise<object> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof HostError && error.code === 'DEADLINE_EXCEEDED') return { over: false };
    // The only other thing that ends a wait early is the end of the host.
    if (error instanceof HostError && error.code === 'CANCELLED') throw ended(error);
    throw error;
  }
}

const ended = ({ message, hint }: HostError): HostError =>
  new HostError('HOST_LOST', message, hint === undefined ? {} : { hint });
