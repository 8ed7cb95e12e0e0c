import type { Json, JsonObject } from '@capstan/protocol';
import { HostError, invariant, messageOf } from './errors.ts';
import type { Host } from './host-surface.ts';
import type { InstanceView, LoadRequest } from './instances/index.ts';
import type { JobRequest } from './job-requests.ts';
import { callOf } from './compositions/single-call.ts';
import { errorOf } from './queue/job-stream.ts';
import {
  type HostEvent,
  isJournaled,
  type JobStream,
  type JobStreamOptions,
} from './queue/index.ts';
import type { JobRow } from './stores/index.ts';

/** How a call is to be made; everything a job may have but what it is about. */
export interface CallOptions
  extends Omit<JobRequest, 'capability' | 'action' | 'task' | 'method' | 'input'> {
  /** Aborting cancels the call. */
  signal?: AbortSignal;
  /** `progress` from 0 to 1, or -1 for what has no measure, such as the start of a worker. */
  onProgress?: (progress: number, message: string) => void;
}

type Caller = Pick<Host, 'submit' | 'wait' | 'cancel' | 'stream' | 'subscribe'>;

/**
 * Calls `capability.action`, `capability.task.method` or the same of an instance, and resolves to the result. The
 * call is a job like any other: queued, recorded, retried where it is said. Throws what `submit` throws, why the
 * call failed (with the tool's own error as `details.error`), and CANCELLED.
 */
export async function call(
  host: Caller,
  target: string,
  input: JsonObject = {},
  options: CallOptions = {},
): Promise<Json> {
  const { signal, onProgress, ...how } = options;
  mustGoOn(signal);
  const listener = listen(host, onProgress);
  try {
    const [job] = await host.submit([{ ...how, ...targetOf(target), input }]);
    invariant(job !== undefined, 'a submitted job is answered with its row');
    listener.follow(job.jobId);
    return await endOf(host, job.jobId, signal);
  } finally {
    listener.stop();
  }
}

async function endOf(host: Caller, jobId: string, signal: AbortSignal | undefined): Promise<Json> {
  // It may be over by then; how it ended shows below.
  const cancel = (): void => void host.cancel(jobId, reasonOf(signal)).catch(() => {});
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted === true) cancel();
  try {
    return resultOf(await host.wait(jobId));
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** The same for a call whose values are wanted one by one, as they are made. */
export function stream(
  host: Caller,
  target: string,
  input: JsonObject = {},
  options: CallOptions = {},
): JobStream {
  const { signal, onProgress, ...how } = options;
  const heard: JobStreamOptions = {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  return host.stream({ ...how, ...targetOf(target), input }, heard);
}

/** Throws USAGE for what names no call. */
export function targetOf(
  target: string,
): Pick<JobRequest, 'capability' | 'action' | 'task' | 'method'> {
  const found = callOf(target);
  if (found !== undefined) {
    const { use: capability, ...what } = found;
    return { capability, ...what };
  }
  throw new HostError('USAGE', `"${target}" does not say what to call.`, {
    hint: 'Write `capability.action`, or `capability.task.method`.',
  });
}

function resultOf(job: JobRow): Json {
  if (job.state === 'completed') return job.result;
  if (job.state !== 'needs_decision') throw errorOf(job);
  throw new HostError('WORKER_LOST', `${job.jobId} was cut off, and it is not safe to repeat it.`, {
    hint: `\`capstan decide ${job.jobId} rerun\` repeats it, \`capstan decide ${job.jobId} fail\` gives it up.`,
    retriable: false,
    details: { jobId: job.jobId },
  });
}

/** Listens from before the call is accepted: it may have begun by the time its id is known. */
function listen(
  host: Caller,
  onProgress: CallOptions['onProgress'],
): { follow: (jobId: string) => void; stop: () => void } {
  if (onProgress === undefined) return { follow: () => {}, stop: () => {} };
  let followed: string | null = null;
  const early: HostEvent[] = [];
  const hear = (event: HostEvent): void => {
    if (isJournaled(event) || event.jobId !== followed) return;
    if (event.type === 'progress') onProgress(event.progress, event.message);
    else if (event.type === 'phase') onProgress(-1, event.message);
  };
  const stop = host.subscribe((event) => {
    if (followed !== null) hear(event);
    else if (!isJournaled(event)) early.push(event);
  });
  return {
    stop,
    follow: (jobId) => {
      followed = jobId;
      for (const event of early.splice(0)) hear(event);
    },
  };
}

function mustGoOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new HostError('CANCELLED', reasonOf(signal));
}

const reasonOf = (signal: AbortSignal | undefined): string =>
  messageOf(signal?.reason ?? 'cancelled');

/**
 * One capability or instance with its name filled in, and with the configuration it is to have: that is given to
 * it before the first call.
 *
 *     const speech = host.bind('speech-large', { config: { model: 'large' } });
 *     const text = await speech.call('transcribe', { audio: 'talk.flac' });
 */
export class Binding {
  readonly name: string;
  readonly #host: Host;
  readonly #config: JsonObject | undefined;
  #loaded: Promise<unknown> | null = null;

  constructor(host: Host, name: string, config: JsonObject | undefined) {
    this.name = name;
    this.#host = host;
    this.#config = config;
  }

  /** Starts it, with its configuration. Throws as `load` does. */
  load(more: Omit<LoadRequest, 'capability' | 'isNew'> = {}): Promise<InstanceView> {
    const config = more.config ?? (more.set === undefined ? this.#config : undefined);
    const whole = config === undefined ? {} : { config };
    const loaded = this.#host.load({ ...more, ...whole, capability: this.name });
    this.#loaded = loaded;
    loaded.catch(() => (this.#loaded = null));
    return loaded;
  }

  /** `what` is an action, or `task.method`. Throws as the host's `call` does. */
  async call(what: string, input: JsonObject = {}, options: CallOptions = {}): Promise<Json> {
    await this.#ready();
    return call(this.#host, `${this.name}.${what}`, input, options);
  }

  /** Throws as the host's `submit` does. */
  async submit(what: string, input: JsonObject = {}, how: SubmitOptions = {}): Promise<JobRow> {
    await this.#ready();
    const [job] = await this.#host.submit([{ ...how, ...targetOf(`${this.name}.${what}`), input }]);
    invariant(job !== undefined, 'a submitted job is answered with its row');
    return job;
  }

  /** The values of a call as they are made. Leaving the loop ends the call. */
  async *stream(
    what: string,
    input: JsonObject = {},
    options: CallOptions = {},
  ): AsyncGenerator<Json, void> {
    await this.#ready();
    yield* stream(this.#host, `${this.name}.${what}`, input, options);
  }

  async #ready(): Promise<void> {
    if (this.#config === undefined) return;
    await (this.#loaded ?? this.load());
  }
}

type SubmitOptions = Omit<CallOptions, 'signal' | 'onProgress'>;
