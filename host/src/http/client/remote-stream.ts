import { HostError } from '../../errors.ts';
import type { Json } from '../../index.ts';
import { errorOf } from '../errors.ts';
import type { ValueLine } from '../stream-lines.ts';
import type { JobStreamOptions, ValueStream } from '../surface.ts';

/** What a stream needs of the host it comes from. */
export interface RemoteWork {
  /** The lines of the answer; to end them early is to leave the stream. */
  lines(signal: AbortSignal): AsyncGenerator<string>;
  /** Resolves when the job is over. */
  ended(jobId: string): Promise<unknown>;
}

/**
 * The values of a job of a host in another process. The same as a `JobStream` there, and at the same pace:
 * what is not read here is not read from the socket, and so holds up the tool.
 */
export class RemoteStream implements ValueStream {
  readonly jobId: Promise<string>;
  readonly #work: RemoteWork;
  readonly #options: JobStreamOptions;
  readonly #leaving = new AbortController();
  readonly #lines: AsyncGenerator<string>;
  #state: 'open' | 'left' | 'over' = 'open';

  constructor(work: RemoteWork, options: JobStreamOptions = {}) {
    this.#work = work;
    this.#options = options;
    this.#lines = work.lines(this.#leaving.signal);
    const { signal } = options;
    const leave = (): void => void this.return();
    if (signal?.aborted === true) this.#state = 'left';
    else signal?.addEventListener('abort', leave, { once: true });
    this.jobId = this.#begin();
    // Whoever reads hears of it too.
    this.jobId.catch(() => {});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Json, undefined>> {
    await this.jobId;
    for (;;) {
      if (this.#state !== 'open') return this.#end();
      // oxlint-disable-next-line no-await-in-loop -- a line after the other
      const line = await this.#next();
      if (line?.event === 'chunk') return { done: false, value: line.value };
    }
  }

  async *batches(): AsyncGenerator<Json[]> {
    for await (const value of this) yield [value];
  }

  async return(): Promise<IteratorResult<Json, undefined>> {
    if (this.#state === 'open') {
      this.#state = 'left';
      this.#leaving.abort();
      // The host cancels the job when the connection is gone; it is over a moment later.
      await this.jobId.then((jobId) => this.#work.ended(jobId)).catch(() => {});
    }
    return { done: true, value: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  get #isLeft(): boolean {
    return this.#state === 'left';
  }

  async #begin(): Promise<string> {
    const first = this.#isLeft ? undefined : await this.#read();
    if (first?.event === 'job') return first.jobId;
    throw this.#isLeft ? leftBy(this.#options.signal) : cutOff();
  }

  /** The next line that is for the reader; null when there is none any more. */
  async #next(): Promise<ValueLine | null> {
    const line = await this.#readOn();
    if (line === undefined) {
      if (this.#isLeft) return null;
      this.#state = 'over';
      throw cutOff();
    }
    switch (line.event) {
      case 'progress':
        this.#options.onProgress?.(line.progress, line.message);
        return line;
      case 'result':
        this.#state = 'over';
        return line;
      case 'error':
        this.#state = 'over';
        throw errorOf(line.error);
      default:
        return line;
    }
  }

  async #read(): Promise<ValueLine | undefined> {
    const { done, value } = await this.#lines.next();
    return done === true ? undefined : (JSON.parse(value) as ValueLine);
  }

  /** A host that is lost in the midst of a stream has lost the stream: nothing of it goes on. */
  async #readOn(): Promise<ValueLine | undefined> {
    try {
      return await this.#read();
    } catch (error) {
      if (!(error instanceof HostError) || error.code !== 'HOST_LOST') throw error;
      this.#state = 'over';
      throw cutOff(error.details);
    }
  }

  /** Told once to a reader that was made to leave; a loop that was left by itself asks no more. */
  #end(): IteratorResult<Json, undefined> {
    const { signal } = this.#options;
    if (this.#state === 'left' && signal?.aborted === true) {
      this.#state = 'over';
      throw leftBy(signal);
    }
    return { done: true, value: undefined };
  }
}

const leftBy = (signal: AbortSignal | undefined): HostError =>
  signal?.reason instanceof HostError
    ? signal.reason
    : new HostError('CANCELLED', 'the stream was left');

const cutOff = (details: { [fact: string]: unknown } = {}): HostError =>
  new HostError('STREAM_LOST', 'The host ended in the middle of the stream.', { details });
