import { BadValue, type Json, limits, wireValue } from '@capstan/protocol';
import { ProtocolBreach } from '../answer.ts';

/** A JSON text of that worker, checked as far as values of ours are. Throws `ProtocolBreach`. */
export function valueOf(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
    const isNumber = /\b(NaN|Infinity)\b/.test(text);
    const why = isNumber ? ' (it holds a number that JSON cannot carry)' : '';
    throw new ProtocolBreach(`answered with something that is not JSON${why}: ${shown}`);
  }
  try {
    return wireValue(value);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw new ProtocolBreach(`returned a value that JSON cannot carry: ${error.message}`);
  }
}

/** Cuts an NDJSON answer into its lines, each bounded. */
export class Lines {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #rest = '';

  push(chunk: Buffer): string[] {
    try {
      this.#rest += this.#decoder.decode(chunk, { stream: true });
    } catch {
      throw new ProtocolBreach('sent a stream that is not UTF-8');
    }
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > limits.frameCharacters) {
      throw new ProtocolBreach(`sent a chunk of more than ${limits.frameCharacters} characters`);
    }
    return lines.filter((line) => line.trim() !== '');
  }

  /** Whether the stream broke off within a line. */
  get isInLine(): boolean {
    return this.#rest.trim() !== '';
  }
}
