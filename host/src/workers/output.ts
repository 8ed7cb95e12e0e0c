import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { type LogRecord, parseLogRecord } from '@capstan/protocol';
import { defaults } from '../defaults.ts';
import { LineSplitter } from './lines.ts';

/**
 * What a worker prints, as bounded lines.
 *
 * A tool may print 100 MB a second. Neither memory nor the event loop may pay for that, so output has a
 * budget per second. What goes beyond it is dropped unread, and counted. Until the worker is ready nothing
 * is dropped, because the ready line could be in it: the pipe is left to fill up instead, and the tool waits.
 */
export interface OutputLine {
  stream: 'stdout' | 'stderr';
  /** As printed, ANSI sequences included; invalid UTF-8 shows as U+FFFD. */
  text: string;
  /** The log record that the worker's SDK wrote on this line, if it is one. */
  record?: LogRecord;
  /** This line stands for so many bytes that were too fast to keep. */
  droppedBytes?: number;
}

export interface OutputListener {
  onLine(line: OutputLine): void;
  /** Any output at all: a sign of life. */
  onBytes(): void;
  /** Sees each line of stdout first; true takes it out of the output. */
  intercept(text: string): boolean;
}

export class OutputPump {
  readonly #listener: OutputListener;
  readonly #budget = new Budget(defaults.outputBytesPerS, defaults.outputLinesPerS);
  readonly #channels: Channel[];
  readonly #lastLines: string[] = [];
  #dropsWhenFast = false;

  constructor(stdout: Readable, stderr: Readable, listener: OutputListener) {
    this.#listener = listener;
    const pump = {
      budget: this.#budget,
      onBytes: () => listener.onBytes(),
      dropsWhenFast: () => this.#dropsWhenFast,
    };
    this.#channels = [
      new Channel(stdout, {
        ...pump,
        emit: (text, dropped) => this.#emit('stdout', text, dropped),
      }),
      new Channel(stderr, {
        ...pump,
        emit: (text, dropped) => this.#emit('stderr', text, dropped),
      }),
    ];
  }

  /** From now on fast output is dropped instead of held back. */
  dropWhenFast(): void {
    this.#dropsWhenFast = true;
  }

  /** The last lines, oldest first, fit for quoting in a message. */
  lastLines(): string[] {
    return [...this.#lastLines];
  }

  /** Resolves when both streams have ended, or after `withinMs`: a process that escaped may hold them open. */
  async end(withinMs: number): Promise<void> {
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, withinMs);
    await Promise.race([Promise.all(this.#channels.map(({ ended }) => ended)), timeout.promise]);
    clearTimeout(timer);
    for (const channel of this.#channels) channel.close();
  }

  #emit(stream: OutputLine['stream'], text: string, droppedBytes: number): void {
    this.#budget.spend(text.length);
    if (stream === 'stdout' && this.#listener.intercept(text)) return;
    const record = stream === 'stderr' ? parseLogRecord(text) : null;
    this.#remember(record === null ? text : quoteRecord(record));
    this.#listener.onLine({
      stream,
      text,
      ...(record === null ? {} : { record }),
      ...(droppedBytes === 0 ? {} : { droppedBytes }),
    });
  }

  #remember(text: string): void {
    this.#lastLines.push(
      ...text.split('\n').map((line) => shorten(stripVTControlCharacters(line))),
    );
    this.#lastLines.splice(0, this.#lastLines.length - defaults.diagnosisLines);
  }
}

const quoteRecord = ({ level, logger, message, excText }: LogRecord): string =>
  `${level} ${logger}: ${message}${excText === undefined ? '' : `\n${excText.trimEnd()}`}`;

const shorten = (text: string): string => (text.length > 500 ? `${text.slice(0, 500)}…` : text);

/** How much output may still be taken in the current second. */
class Budget {
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

interface ChannelOwner {
  budget: Budget;
  dropsWhenFast(): boolean;
  onBytes(): void;
  emit(text: string, droppedBytes: number): void;
}

/** One of the two streams. */
class Channel {
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
