import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { FatalError } from '../errors.ts';

/** The most of a tool's output that becomes a result; larger things belong in files. */
const keptBytes = 16 * 1024 * 1024;
const lineCharacters = 4096;
const lastLines = 20;

/** One stream of a tool's output: its lines as they come, its last words, and all of it where it is a result. */
export class ToolOutput {
  readonly #decoder = new StringDecoder('utf8');
  readonly #isKept: boolean;
  readonly #onLine: (line: string) => void;
  readonly #last: string[] = [];
  #kept: Buffer[] = [];
  #bytes = 0;
  #line = '';

  constructor(stream: Readable, isKept: boolean, onLine: (line: string) => void) {
    this.#isKept = isKept;
    this.#onLine = onLine;
    stream.on('data', (chunk: Buffer) => this.#push(chunk));
    stream.on('end', () => this.#endLine());
  }

  /** The last lines, blank ones left out. */
  get lastWords(): string[] {
    return this.#last;
  }

  text(): string {
    if (this.#bytes > keptBytes) {
      throw new FatalError(`the tool printed more than ${keptBytes} bytes`, {
        hint: 'Let it write to a file, and declare the file as output.',
      });
    }
    return Buffer.concat(this.#kept).toString('utf8');
  }

  #push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#isKept && this.#bytes <= keptBytes) this.#kept.push(chunk);
    // a carriage return ends a line too: that is how tools redraw their progress
    const parts = (this.#line + this.#decoder.write(chunk)).split(/[\r\n]/);
    this.#line = (parts.pop() ?? '').slice(0, lineCharacters);
    for (const part of parts) this.#emit(part);
  }

  #endLine(): void {
    this.#emit(this.#line + this.#decoder.end());
    this.#line = '';
  }

  #emit(line: string): void {
    const text = line.trimEnd().slice(0, lineCharacters);
    if (text === '') return;
    this.#last.push(text);
    if (this.#last.length > lastLines) this.#last.shift();
    this.#onLine(text);
  }
}
