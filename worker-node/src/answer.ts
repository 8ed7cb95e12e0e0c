import type { ServerResponse } from 'node:http';
import {
  type Frame,
  formatFrame,
  framesMediaType,
  type Json,
  type WireError,
  isPlainText,
  limits,
} from '@capstan/protocol';
import type { Outcome } from './calls.ts';

export function answerJson(response: ServerResponse, status: number, body: Json): void {
  answerText(response, status, JSON.stringify(body));
}

export function answerError(response: ServerResponse, status: number, error: WireError): void {
  answerText(response, status, JSON.stringify({ _job_error: error }));
}

function answerText(response: ServerResponse, status: number, json: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
  });
  response.end(json);
}

/** Where a call's frames and its end go. */
export interface Answer {
  frame(frame: Frame): void;
  /** JSON, or a whole frame in its bytes. Resolves when the reader has room for more. */
  chunk(json: string | Buffer): Promise<void>;
  end(outcome: Outcome): void;
}

/** One JSON document at the end; what happens on the way is only seen through `/progress`. */
export class PlainAnswer implements Answer {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  frame(): void {}

  async chunk(): Promise<void> {}

  end(outcome: Outcome): void {
    if (outcome.kind === 'result') answerText(this.#response, 200, outcome.json);
    else answerError(this.#response, statusOf(outcome.error), outcome.error);
  }
}

function statusOf({ category, code }: WireError): number {
  if (category === 'cancelled') return 409;
  return code === 'NOT_SUPPORTED' ? 501 : 500;
}

const before = '{"event":"chunk","value":';
const after = '}\n';
/** A longer text is joined with what goes around it in its bytes: as a text it would be copied once more. */
const largeCharacters = 16 * 1024;

function framed(json: string): Buffer {
  const size = Buffer.byteLength(json);
  const line = Buffer.allocUnsafe(before.length + size + after.length);
  line.write(before, 'latin1');
  line.write(json, before.length, 'utf8');
  line.write(after, before.length + size, 'latin1');
  return line;
}

/** The frame of a long text that is its own JSON, made in one copy; null for anything else. */
export function framedText(value: unknown): Buffer | null {
  if (typeof value !== 'string' || value.length < largeCharacters) return null;
  const { length } = value;
  if (length + 2 > limits.inlineResultBytes || Buffer.byteLength(value) !== length) return null;
  const start = before.length + 1;
  const line = Buffer.allocUnsafeSlow(start + length + 1 + after.length);
  line.write(`${before}"`, 'latin1');
  line.write(value, start, 'latin1');
  line.write(`"${after}`, start + length, 'latin1');
  return isPlainText(line.subarray(start, start + length)) ? line : null;
}

/**
 * A stream of frames. While the reader is behind, only the latest progress is kept, so that a call that
 * reports a million times cannot fill the memory.
 */
export class FrameAnswer implements Answer {
  readonly #response: ServerResponse;
  #latestProgress: string | null = null;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  frame(frame: Frame): void {
    const line = formatFrame(frame);
    if (frame.event === 'progress' && this.#response.writableNeedDrain) {
      if (this.#latestProgress === null) this.#response.once('drain', () => this.#catchUp());
      this.#latestProgress = line;
    } else this.#write(line);
  }

  async chunk(json: string | Buffer): Promise<void> {
    if (typeof json !== 'string') this.#write(json);
    else this.#write(json.length < largeCharacters ? `${before}${json}${after}` : framed(json));
    if (this.#response.writableNeedDrain && !this.#response.destroyed) await this.#room();
  }

  /** Resolves when the reader has caught up, or has gone. A stream may wait a million times, and leaves no listener. */
  #room(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const response = this.#response;
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
    return promise;
  }

  end(outcome: Outcome): void {
    const line =
      outcome.kind === 'result'
        ? `{"event":"result","value":${outcome.json}}\n`
        : formatFrame({ event: 'error', error: outcome.error });
    this.#catchUp();
    if (!this.#response.headersSent) {
      this.#response.writeHead(200, {
        'content-type': framesMediaType,
        'content-length': Buffer.byteLength(line),
      });
    }
    this.#response.end(line);
  }

  #write(line: string | Buffer): void {
    if (!this.#response.headersSent)
      this.#response.writeHead(200, { 'content-type': framesMediaType });
    this.#response.write(line);
  }

  #catchUp(): void {
    const line = this.#latestProgress;
    this.#latestProgress = null;
    if (line !== null) this.#write(line);
  }
}
