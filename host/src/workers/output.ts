import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { type LogRecord, parseLogRecord } from '@capstan/protocol';
import { defaults } from '../defaults.ts';
import { Budget, Channel } from './channel.ts';

/**
 * What a worker prints, as bounded lines.
 *
 * A tool may print 100 MB a second. Neither memory nor the event loop may pay for that, so output has a
 * budget per second. What goes beyond it is dropped unread, and counted; it is only searched for the ready
 * line while that is awaited. The pipe is always emptied: leaving it full would slow the tool down, and the
 * ready line would have to fight for its place in it.
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
  /** Takes out what nobody is to see; of records too. Lines before it are never shown. */
  redact?: ((line: OutputLine) => OutputLine) | undefined;
  onLine(line: OutputLine): void;
  /** Any output at all: a sign of life. */
  onBytes(): void;
  /** Sees each line of stdout until it returns true, which takes that line out of the output. */
  intercept(text: string): boolean;
}

export class OutputPump {
  readonly #listener: OutputListener;
  readonly #budget = new Budget(defaults.outputBytesPerS, defaults.outputLinesPerS);
  readonly #channels: Channel[];
  readonly #lastLines: string[] = [];
  #awaitsHandshake = true;

  constructor(stdout: Readable, stderr: Readable, listener: OutputListener) {
    this.#listener = listener;
    const common = { budget: this.#budget, onBytes: () => listener.onBytes() };
    this.#channels = [
      new Channel(stdout, {
        ...common,
        emit: (text, dropped) => this.#emit('stdout', text, dropped),
        awaitsHandshake: () => this.#awaitsHandshake,
        glimpse: (line) => this.#intercept(line),
      }),
      new Channel(stderr, {
        ...common,
        emit: (text, dropped) => this.#emit('stderr', text, dropped),
        awaitsHandshake: () => false,
        glimpse: () => {},
      }),
    ];
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
    if (stream === 'stdout' && this.#intercept(text)) return;
    const found = stream === 'stderr' ? parseLogRecord(text) : null;
    const printed: OutputLine = {
      stream,
      text,
      ...(found === null ? {} : { record: found }),
      ...(droppedBytes === 0 ? {} : { droppedBytes }),
    };
    const line = this.#listener.redact?.(printed) ?? printed;
    this.#remember(line.record === undefined ? line.text : quoteRecord(line.record));
    this.#listener.onLine(line);
  }

  #intercept(line: string): boolean {
    const isTaken = this.#awaitsHandshake && this.#listener.intercept(line);
    if (isTaken) this.#awaitsHandshake = false;
    return isTaken;
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
