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
  onBytes(): void;
  emit(text: string, droppedBytes: number): void;
  /** Whether what is dropped has to be searched for the handshake. */
  awaitsHandshake(): boolean;
  /** A line like the handshake's, in output that is dropped. */
  glimpse(line: string): void;
}

const handshakeStart = Buffer.from('capstan ');
/** Kept of what was dropped: enough for the last words, and for a handshake that was cut in two. */
const tailBytes = 4096;

/** One of the two streams of a worker, within the budget that both share. */
export class Channel {
  readonly ended: Promise<void>;
  readonly #stream: Readable;
  readonly #owner: ChannelOwner;
  readonly #lines: LineSplitter;
  /** The end of what was dropped last; null when the last bytes were kept. */
  #droppedTail: Buffer | null = null;
  #droppedBytes = 0;
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
    this.#reportDropped();
    // The last words of a worker that dies in a flood are worth more than the budget.
    if (this.#droppedTail !== null) {
      this.#lines.push(afterFirstNewline(this.#droppedTail.subarray(-tailBytes)));
    }
    this.#lines.flush();
  }

  #receive(chunk: Buffer): void {
    const { budget } = this.#owner;
    this.#owner.onBytes();
    let rest = chunk;
    while (rest.length > 0 && !budget.isSpent()) {
      // After a gap the stream is joined again at the next whole line.
      if (this.#droppedTail !== null) rest = this.#rejoin(rest);
      rest = this.#lines.push(rest, () => !budget.isSpent());
    }
    if (rest.length > 0) this.#drop(rest);
    if (this.#droppedTail?.buffer !== chunk.buffer) free(chunk);
  }

  #rejoin(chunk: Buffer): Buffer {
    const joined = afterFirstNewline(chunk);
    this.#droppedBytes += chunk.length - joined.length;
    if (joined.length > 0) this.#droppedTail = null;
    return joined;
  }

  #drop(rest: Buffer): void {
    const before = this.#droppedTail ?? this.#lines.forget();
    if (this.#owner.awaitsHandshake()) {
      this.#glimpse(Buffer.concat([before.subarray(-tailBytes), rest]));
    }
    if (rest.length < tailBytes) {
      this.#droppedTail = Buffer.concat([before.subarray(-tailBytes), rest]);
    } else {
      this.#droppedTail = rest;
      free(before);
    }
    this.#droppedBytes += rest.length;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#reportDropped();
    }, this.#owner.budget.renewsInMs()).unref();
  }

  #glimpse(seen: Buffer): void {
    for (
      let at = seen.indexOf(handshakeStart);
      at >= 0;
      at = seen.indexOf(handshakeStart, at + 1)
    ) {
      const end = seen.indexOf('\n', at);
      if (end < 0) return;
      this.#owner.glimpse(seen.toString('utf8', at, end));
    }
  }

  #reportDropped(): void {
    if (this.#droppedBytes === 0) return;
    const bytes = this.#droppedBytes;
    this.#droppedBytes = 0;
    this.#owner.emit(`… ${bytes} bytes of output dropped: they came too fast to keep`, bytes);
  }
}

/**
 * Gives the memory of a chunk back now: the collector sees only a small object, and would let a flood fill
 * a hundred megabytes before it comes to look. A buffer that shares its memory with others is left to it.
 */
function free({ buffer, length }: Buffer): void {
  if (length === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

const afterFirstNewline = (chunk: Buffer): Buffer => {
  const end = chunk.indexOf(0x0a);
  return end < 0 ? chunk.subarray(chunk.length) : chunk.subarray(end + 1);
};
