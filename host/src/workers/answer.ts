import {
  BadFrames,
  BadValue,
  FrameDecoder,
  framesMediaType,
  type Json,
  limits,
  parsedValue,
  type ReadFrame,
  readWireError,
  type WireError,
  wireError,
} from '@capstan/protocol';
import type { AnswerReader } from './connection.ts';
import type { CallRequest } from './request.ts';

/** How a call ended. `lost`: it may have been carried out or not; the worker is no longer to be trusted. */
export type CallOutcome =
  | { kind: 'result'; value: Json }
  | { kind: 'error'; error: WireError }
  | { kind: 'lost'; error: WireError };

/** The worker said something that is no answer of the protocol. */
export class ProtocolBreach extends Error {
  override readonly name = 'ProtocolBreach';
}

/**
 * Reads one answer of a worker, as frames or as plain JSON, whichever it is, and believes nothing of it:
 * sizes are bounded, shapes and values are checked.
 */
export class Answer implements AnswerReader {
  readonly #listener: AnswerListener;
  #status = 0;
  #frames: FrameDecoder | null = null;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #terminal: CallOutcome | null = null;

  /** Frames that were read while the listener was busy with an earlier one, and the promise of its end. */
  #waiting: ReadFrame[] = [];
  #held: Promise<void> | null = null;

  constructor(listener: AnswerListener) {
    this.#listener = listener;
  }

  onStart(status: number, contentType: string): void {
    this.#status = status;
    if (contentType.startsWith(framesMediaType)) this.#frames = new FrameDecoder();
  }

  onData(chunk: Buffer): void | Promise<void> {
    if (this.#frames !== null) return this.#hear(decodeFrames(this.#frames, chunk));
    this.#bytes += chunk.length;
    if (this.#bytes > limits.frameCharacters) {
      throw new ProtocolBreach(
        `answered with more than ${limits.frameCharacters} bytes; a large result belongs in a file`,
      );
    }
    this.#chunks.push(chunk);
  }

  /** What the answer says, after its end; null for a stream of frames without a terminal one. */
  outcome(): CallOutcome | null {
    if (this.#frames !== null) return this.#terminal;
    const text = Buffer.concat(this.#chunks).toString('utf8');
    const body = parseJson(text);
    if (this.#status === 200) return { kind: 'result', value: checked(body) };
    const error = readWireError(refusalIn(body));
    if (error === null) {
      throw new ProtocolBreach(`answered with status ${this.#status} and no error: ${quote(text)}`);
    }
    return { kind: 'error', error };
  }

  /** One after the other; from the first that takes time on, the rest waits for it. */
  #hear(frames: ReadFrame[]): void | Promise<void> {
    if (this.#held !== null) {
      for (const frame of frames) this.#waiting.push(frame);
      return this.#held;
    }
    for (const [index, frame] of frames.entries()) {
      const taken = this.#take(frame);
      if (taken === undefined) continue;
      this.#waiting = frames.slice(index + 1);
      this.#held = this.#hearOn(taken);
      return this.#held;
    }
  }

  async #hearOn(taken: Promise<void>): Promise<void> {
    await taken;
    // What comes meanwhile is waited for as well: it can only be what is left of an answer that was cut off.
    for (let index = 0; index < this.#waiting.length; index++) {
      // oxlint-disable-next-line no-await-in-loop -- in order
      await this.#take(this.#waiting[index] as ReadFrame);
    }
    this.#waiting = [];
    this.#held = null;
  }

  #take({ frame, characters }: ReadFrame): void | Promise<void> {
    const { onFrame, onChunk } = this.#listener;
    switch (frame.event) {
      case 'result':
        this.#terminal = { kind: 'result', value: checked(frame.value) };
        return undefined;
      case 'error':
        this.#terminal = { kind: 'error', error: frame.error };
        return undefined;
      case 'chunk':
        return onChunk?.(checked(frame.value), characters);
      case 'account':
        checked(frame.payload);
        return onFrame?.(frame);
      default:
        return onFrame?.(frame);
    }
  }
}

/** Who hears an answer while it comes. Both may answer with a promise, which holds up the worker. */
export type AnswerListener = Pick<CallRequest, 'onFrame' | 'onChunk'>;

function decodeFrames(decoder: FrameDecoder, chunk: Buffer): ReadFrame[] {
  try {
    return decoder.read(chunk);
  } catch (error) {
    if (!(error instanceof BadFrames)) throw error;
    throw new ProtocolBreach(`broke the stream of frames: ${error.message}`);
  }
}

/** The error of an answer that is not 200; as `Refusal` of the protocol has it, or bare. */
function refusalIn(body: unknown): unknown {
  const isWrapped = typeof body === 'object' && body !== null && '_job_error' in body;
  return isWrapped ? body['_job_error'] : body;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProtocolBreach(`answered with something that is not JSON: ${quote(text)}`);
  }
}

function checked(value: unknown): Json {
  try {
    return parsedValue(value);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw new ProtocolBreach(`returned a value that JSON cannot carry: ${error.message}`);
  }
}

export const breachError = (label: string, breach: ProtocolBreach): WireError =>
  wireError({
    category: 'fatal',
    code: 'WORKER_PROTOCOL',
    message: `${label}: the worker ${breach.message}`,
    hint: 'This is a fault of the capability or of its SDK. See docs/protocol.md.',
  });

const quote = (text: string): string =>
  JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
