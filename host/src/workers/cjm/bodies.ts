import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileValue, type Frame, type Json, limits } from '@capstan/protocol';
import { type CallOutcome, ProtocolBreach } from '../answer.ts';
import type { CallRequest } from '../request.ts';
import { accountsOf } from './accounts.ts';
import { errorOf, refusalOf } from './errors.ts';
import type { AnswerHeaders, Reader } from './http.ts';
import { Lines, valueOf } from './values.ts';

type TakesValues = NonNullable<CallRequest['onChunk']>;

export interface Context {
  label: string;
  path: string;
  onFrame: (frame: Frame) => void | Promise<void>;
  /** Something odd that costs nobody a result. */
  onProblem: (what: string) => void;
}

/** Reads an answer that comes as one body. What is too large to keep goes to a file, where there is one. */
export class BodyReader implements Reader {
  readonly #context: Context;
  readonly #folder: string | null;
  #status = 0;
  #accounts: Frame[] = [];
  #chunks: Buffer[] = [];
  #bytes = 0;
  #spill: { path: string; write(chunk: Buffer): Promise<void>; close(): Promise<void> } | null =
    null;

  /** `folder` is the call's own; null for what is no call, whose answers are small. */
  constructor(context: Context, folder: string | null) {
    this.#context = context;
    this.#folder = folder;
  }

  onStart(status: number, headers: AnswerHeaders): void {
    this.#status = status;
    this.#accounts = accountsOf(headers, this.#context.onProblem);
  }

  onData(chunk: Buffer): void | Promise<void> {
    if (this.#spill !== null) return this.#spill.write(chunk);
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const isLarge = this.#bytes > limits.inlineResultBytes;
    if (isLarge && this.#status === 200 && this.#folder !== null) return this.#toFile(this.#folder);
    if (this.#bytes <= limits.frameCharacters) return undefined;
    throw new ProtocolBreach(`answered with more than ${limits.frameCharacters} bytes`);
  }

  /** What the answer says, after its end. */
  async outcome(): Promise<CallOutcome> {
    const { label, path, onFrame } = this.#context;
    // oxlint-disable-next-line no-await-in-loop -- in order, at the pace at which they are written down
    for (const account of this.#accounts) await onFrame(account);
    if (this.#spill !== null) {
      await this.#spill.close();
      const file = fileValue({ path: this.#spill.path, mediaType: 'application/json' });
      return { kind: 'result', value: { ...file, data: { ...file.data } } };
    }
    const text = Buffer.concat(this.#chunks).toString('utf8');
    if (this.#status === 200) return { kind: 'result', value: valueOf(text) };
    return { kind: 'error', error: refusalOf(this.#status, text, path, label) };
  }

  /** Its answer broke off. */
  async abandon(): Promise<void> {
    await this.#spill?.close();
  }

  /** As the SDKs do it with results of this size: they belong in a file of the call's own folder. */
  async #toFile(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'result.json');
    const handle = await open(path, 'wx');
    this.#spill = {
      path,
      write: async (chunk) => {
        await handle.write(chunk);
      },
      close: () => handle.close(),
    };
    const held = Buffer.concat(this.#chunks);
    this.#chunks = [];
    await handle.write(held);
  }
}

/** Reads a stream of values, one on each line. Its status is always 200; how it ended is its last line. */
export class StreamReader implements Reader {
  readonly #context: Context;
  readonly #onChunk: TakesValues;
  readonly #lines = new Lines();
  #refused: BodyReader | null = null;
  #error: CallOutcome | null = null;

  constructor(context: Context, onChunk: TakesValues) {
    this.#context = context;
    this.#onChunk = onChunk;
  }

  onStart(status: number, headers: AnswerHeaders): void {
    if (status === 200) return;
    this.#refused = new BodyReader(this.#context, null);
    this.#refused.onStart(status, headers);
  }

  onData(chunk: Buffer): void | Promise<void> {
    if (this.#refused !== null) return this.#refused.onData(chunk);
    return this.#takeAll(this.#lines.push(chunk));
  }

  /** Null when the stream broke off. */
  async outcome(): Promise<CallOutcome | null> {
    if (this.#refused !== null) return this.#refused.outcome();
    if (this.#error !== null) return this.#error;
    return this.#lines.isInLine ? null : { kind: 'result', value: null };
  }

  async abandon(): Promise<void> {
    await this.#refused?.abandon();
  }

  #takeAll(lines: readonly string[]): void | Promise<void> {
    for (const [index, line] of lines.entries()) {
      if (this.#error !== null) throw new ProtocolBreach('goes on after the error of its stream');
      const value = valueOf(line);
      const error = isObject(value) ? errorOf(value['_job_error'], this.#context.label) : null;
      if (error !== null) this.#error = { kind: 'error', error };
      else {
        const taken = this.#onChunk(value, line.length);
        if (taken !== undefined) return taken.then(() => this.#takeAll(lines.slice(index + 1)));
      }
    }
    return undefined;
  }
}

const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
