import type { Readable } from 'node:stream';
import { defaults } from '../defaults.ts';
import { LineSplitter } from './lines.ts';

/** How much output may still be taken in the current second. */
export class Budget {
  readonly #bytesPerS: number;
  readonly #linesPerS: number;
  #since = 0;
  #bytes = 0;
  #lines = 0;

  constructor(bytesPerS: number, linesPerS: number) {
    this.#bytesPerS = bytesPerS;
    this.#linesPerS = linesPerS;
  }

  spend(bytes: number): void {
    this.#bytes += bytes;
    this.#lines += 1;
  }

  isSpent(): boolean {
    if (this.renewsInMs() <= 0) {
      this.#since = performance.now();
      this.#bytes = 0;
      this.#lines = 0;
    }
    return this.#bytes >= this.#bytesPerS || this.#lines >= this.#linesPerS;
  }

  renewsInMs(): number {
    return this.#since + 1000 - performance.now();
  }
}

export interface ChannelOwner {
  budget: Budget;
  dropsWhenFast(): boolean;
  onBytes(): void;
  emit(text: string, droppedBytes: number): void;
}

/** One of the two streams of a worker, within the budget that both share. */
export class Channel {
  readonly ended: Promise<void>;
  readonly #stream: Readable;
  readonly #owner: ChannelOwner;
  readonly #lines: LineSplitter;
  /** Read, but held back until the budget is renewed. */
  #waiting: Buffer = Buffer.alloc(0);
  #droppedBytes = 0;
  /** Kept so that the last words of a worker that dies in a flood can be quoted. */
  #lastDropped: Buffer | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: Readable, owner: ChannelOwner) {
    this.#stream = stream;
    this.#owner = owner;
    this.#lines = new LineSplitter(defaults.outputLineBytes, (line) => owner.emit(line, 0));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('error', () => {}); // 'close' follows, and is all that matters here
    stream.once('close', resolve);
  }

  close(): void {
    this.#stream.destroy();
    clearTimeout(this.#timer);
    this.#lines.push(this.#waiting.subarray(0, defaults.outputLineBytes));
    this.#reportDropped();
    if (this.#lastDropped !== null)
      this.#lines.push(afterFirstNewline(this.#lastDropped.subarray(-4096)));
    this.#lines.flush();
  }

  #receive(chunk: Buffer): void {
    this.#owner.onBytes();
    this.#take(chunk);
  }

  #take(chunk: Buffer): void {
    const { budget } = this.#owner;
    let rest = chunk;
    while (rest.length > 0 && !budget.isSpent()) {
      // After a gap the stream is joined again at the next whole line.
      if (this.#lastDropped !== null) rest = this.#rejoin(rest);
      rest = this.#lines.push(rest, () => !budget.isSpent());
    }
    if (rest.length === 0) return;
    if (this.#owner.dropsWhenFast()) this.#drop(rest);
    else this.#holdBack(rest);
  }

  #rejoin(chunk: Buffer): Buffer {
    const joined = afterFirstNewline(chunk);
    this.#droppedBytes += chunk.length - joined.length;
    if (joined.length > 0) this.#lastDropped = null;
    return joined;
  }

  #drop(rest: Buffer): void {
    this.#lines.forget();
    this.#droppedBytes += rest.length;
    this.#lastDropped = rest;
    this.#timer ??= this.#whenRenewed(() => this.#reportDropped());
  }

  #reportDropped(): void {
    if (this.#droppedBytes === 0) return;
    const bytes = this.#droppedBytes;
    this.#droppedBytes = 0;
    this.#owner.emit(`… ${bytes} bytes of output dropped: they came too fast to keep`, bytes);
  }

  #holdBack(rest: Buffer): void {
    this.#stream.pause();
    this.#waiting = rest;
    this.#timer ??= this.#whenRenewed(() => {
      const held = this.#waiting;
      this.#waiting = Buffer.alloc(0);
      this.#stream.resume();
      this.#take(held);
    });
  }

  #whenRenewed(act: () => void): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      act();
    }, this.#owner.budget.renewsInMs()).unref();
  }
}

const afterFirstNewline = (chunk: Buffer): Buffer => {
  const end = chunk.indexOf(0x0a);
  return end < 0 ? chunk.subarray(chunk.length) : chunk.subarray(end + 1);
};
