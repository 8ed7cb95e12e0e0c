import type { Json } from '@capstan/protocol';
import { defaults } from '../defaults.ts';
import { type ErrorCode, errorTable } from '../error-table.ts';
import { HostError, messageOf } from '../errors.ts';
import type { JobRow } from '../stores/index.ts';

export interface JobStreamOptions {
  /** Aborting it is leaving: the job is cancelled, and whoever waits for a value hears CANCELLED. */
  signal?: AbortSignal;
  /** `progress` from 0 to 1, or -1 for what has no measure, such as the start of a worker. */
  onProgress?: (progress: number, message: string) => void;
}

/** What a stream needs of the queue. */
export interface StreamWork {
  /** Makes the job; throws why there is none. */
  begin(): Promise<string>;
  /** The job when it is over. */
  ended(jobId: string): Promise<JobRow>;
  cancel(jobId: string, reason: string): Promise<unknown>;
}

/** A value counts for so much even where it is small. */
const leastCharacters = 64;

/**
 * The values of one job, as the tool makes them:
 *
 *     for await (const value of host.stream({ capability: 'speech', action: 'listen' })) …
 *
 * The stream begins when it is made, and belongs to its one reader. What was made and not read is kept up to
 * a bound, and then the tool is held up; so a reader that takes its time costs no memory, and one that never
 * reads holds up the tool for ever. Leaving the loop early, by whatever way, cancels the job, and has it
 * ended when the loop is left. A job that fails ends the loop with its error, after all values before it.
 */
export class JobStream implements AsyncIterableIterator<Json>, AsyncDisposable {
  /** Resolves when the job is accepted; rejects with why it is not. */
  readonly jobId: Promise<string>;
  readonly #work: StreamWork;
  readonly #options: JobStreamOptions;
  /** Resolves when the job is over, or there is none. Never rejects. */
  readonly #over: Promise<void>;
  #values: Json[] = [];
  /** How many of them are taken. */
  #taken = 0;
  #characters = 0;
  #state: 'open' | 'left' | 'over' = 'open';
  #isEnding = false;
  #error: HostError | null = null;
  #reader: (() => void) | null = null;
  #room: PromiseWithResolvers<void> | null = null;

  constructor(work: StreamWork, options: JobStreamOptions = {}) {
    this.#work = work;
    this.#options = options;
    const { signal } = options;
    this.jobId = signal?.aborted === true ? Promise.reject(leftBy(signal)) : work.begin();
    this.#over = this.#watch();
    const abort = (): void => void this.#abort();
    signal?.addEventListener('abort', abort, { once: true });
    void this.#over.then(() => signal?.removeEventListener('abort', abort));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Json, undefined>> {
    for (;;) {
      if (this.#taken < this.#values.length) return { done: false, value: this.#take() };
      if (this.#state !== 'open') return this.#end();
      // oxlint-disable-next-line no-await-in-loop -- until there is something to say
      await this.#news();
    }
  }

  /** What has come so far, all at once: for those who hand it on. */
  async *batches(): AsyncGenerator<Json[]> {
    try {
      for (;;) {
        if (this.#taken < this.#values.length) yield this.#takeAll();
        else if (this.#state === 'open') await this.#news();
        else {
          this.#end();
          return;
        }
      }
    } finally {
      await this.return();
    }
  }

  /** Leaves the stream: resolves when its job is over, so that nothing of it is at work any more. */
  async return(): Promise<IteratorResult<Json, undefined>> {
    await this.#leave('its reader left');
    return { done: true, value: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** A value was made. A promise says that the reader is behind. */
  push(value: Json, characters = 0): void | Promise<void> {
    if (this.#state !== 'open' || this.#isEnding) return undefined;
    this.#values.push(value);
    this.#characters += Math.max(characters, leastCharacters);
    this.#wake();
    if (this.#characters < defaults.streamAheadCharacters) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Its job was told to end: nobody is held up any more, and what is made from now on is not part of it. */
  endSoon(): void {
    this.#isEnding = true;
    this.#letGo();
  }

  progress(progress: number, message: string): void {
    if (this.#state === 'open') this.#options.onProgress?.(progress, message);
  }

  async #watch(): Promise<void> {
    try {
      const jobId = await this.jobId;
      const row = await this.#work.ended(jobId);
      if (row.state !== 'completed') this.#fail(errorOf(row));
    } catch (error) {
      this.#fail(error instanceof HostError ? error : new HostError('INTERNAL', messageOf(error)));
    }
    if (this.#state === 'open') this.#state = 'over';
    this.#wake();
  }

  /** Whoever has left is told nothing any more. */
  #fail(error: HostError): void {
    if (this.#state === 'open') this.#error ??= error;
  }

  async #abort(): Promise<void> {
    const { signal } = this.#options;
    if (signal !== undefined && this.#state === 'open') this.#error = leftBy(signal);
    await this.#leave(this.#error?.message ?? 'its reader left');
  }

  async #leave(reason: string): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'left';
      this.#values = [];
      this.#taken = 0;
      this.#letGo();
      this.#wake();
      try {
        await this.#work.cancel(await this.jobId, reason);
      } catch {
        // There is no job, or it was over just before: either way it is what was asked for.
      }
    }
    await this.#over;
  }

  #take(): Json {
    const value = this.#values[this.#taken] as Json;
    this.#taken += 1;
    if (this.#taken === this.#values.length) this.#takeAll();
    return value;
  }

  #takeAll(): Json[] {
    const values = this.#taken === 0 ? this.#values : this.#values.slice(this.#taken);
    this.#values = [];
    this.#taken = 0;
    this.#characters = 0;
    this.#letGo();
    return values;
  }

  /** The error is told once; a loop that goes on after it is at its end. */
  #end(): IteratorResult<Json, undefined> {
    const error = this.#error;
    this.#error = null;
    if (error !== null) throw error;
    return { done: true, value: undefined };
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  #wake(): void {
    this.#reader?.();
    this.#reader = null;
  }

  #letGo(): void {
    this.#room?.resolve();
    this.#room = null;
  }
}

const leftBy = ({ reason }: AbortSignal): HostError =>
  reason instanceof HostError
    ? reason
    : new HostError('CANCELLED', `the stream was left: ${messageOf(reason)}`);

/** Why a job did not come to its end, as it is thrown; a code of the tool's own is among the details. */
export function errorOf({ jobId, state, error }: JobRow): HostError {
  if (error === null) return new HostError('INTERNAL', `${jobId} is ${state}, without an error`);
  const { category, code, message, hint, retriable } = error;
  const known = Object.hasOwn(errorTable, code) ? (code as ErrorCode) : 'TOOL_FAILED';
  return new HostError(known, message, {
    category,
    retriable,
    ...(hint === undefined ? {} : { hint }),
    details: { jobId, error },
  });
}
