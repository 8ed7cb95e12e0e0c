import { readWireError } from './errors.ts';
import { limits } from './limits.ts';
import type { Frame, JsonObject } from './messages.ts';
import { isPlainText } from './plain-text.ts';

const { Buffer, isAscii } = process.getBuiltinModule('node:buffer');

/** A stream that is not a stream of frames: what is wrong, in words. */
export class BadFrames extends Error {
  override readonly name = 'BadFrames';
}

export function formatFrame(frame: Frame): string {
  return `${JSON.stringify(frame)}\n`;
}

export const isTerminal = (frame: Frame): boolean =>
  frame.event === 'result' || frame.event === 'error';

/** A frame, and the length of the line it was written in. */
export interface ReadFrame {
  frame: Frame;
  characters: number;
}

const newline = 0x0a;
const textStart = Buffer.from('{"event":"chunk","value":"');
const textEnd = Buffer.from('"}');
const largeBytes = 64 * 1024;
const leastKept = 16 * 1024;

/**
 * Turns the bytes of an answer into frames as they arrive. A line may be cut anywhere, also inside a
 * character: what has no end yet is kept as it came, and is read once, when its end is there. Throws BadFrames
 * for a line that is no frame, one longer than the bound, and for anything after the terminal frame. Frames
 * with an event of a later version are skipped.
 */
export class FrameDecoder {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  readonly #maxCharacters: number;
  /**
   * The beginning of a line whose end has not come, in room that is used again for the next: a megabyte of
   * fresh memory for each would have the collector run all the time.
   */
  #kept = Buffer.alloc(0);
  #length = 0;
  #ended = false;

  constructor(maxCharacters: number = limits.frameCharacters) {
    this.#maxCharacters = maxCharacters;
  }

  /** Whether the terminal frame was read. An answer that stops before it is a lost worker. */
  get ended(): boolean {
    return this.#ended;
  }

  push(bytes: Uint8Array): Frame[] {
    return this.read(bytes).map(({ frame }) => frame);
  }

  read(bytes: Uint8Array): ReadFrame[] {
    const end = bytes.lastIndexOf(newline);
    if (end < 0) {
      this.#keep(bytes);
      return [];
    }
    const whole = this.#withKept(bytes.subarray(0, end));
    const large = this.#largeText(whole);
    const frames = large === null ? this.#framesIn(this.#decode(whole)) : [large];
    if (end + 1 < bytes.length) this.#keep(bytes.subarray(end + 1));
    return frames;
  }

  #framesIn(text: string): ReadFrame[] {
    const frames: ReadFrame[] = [];
    for (const line of text.split('\n')) {
      if (line.length > this.#maxCharacters) throw this.#tooLong();
      if (line.trim() === '') continue;
      if (this.#ended) throw new BadFrames('the answer goes on after its terminal frame');
      const frame = parseFrame(line);
      if (frame === null) continue;
      this.#ended = isTerminal(frame);
      frames.push({ frame, characters: line.length });
    }
    return frames;
  }

  /** One chunk of nothing but a long and plain text need not be read as JSON, which would copy it once more. */
  #largeText(bytes: Uint8Array): ReadFrame | null {
    const { length } = bytes;
    if (length < largeBytes || length > this.#maxCharacters || this.#ended) return null;
    const line = Buffer.from(bytes.buffer, bytes.byteOffset, length);
    if (!line.subarray(0, textStart.length).equals(textStart)) return null;
    const inside = line.subarray(textStart.length, length - textEnd.length);
    if (!line.subarray(-textEnd.length).equals(textEnd) || !isPlainText(inside)) return null;
    return { frame: { event: 'chunk', value: inside.toString('latin1') }, characters: length };
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#kept.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * length, leastKept));
      larger.set(this.#kept.subarray(0, this.#length));
      this.#kept = larger;
    }
    this.#kept.set(bytes, this.#length);
    this.#length = length;
    // There are never more characters than bytes, so only a long line needs counting.
    if (length <= this.#maxCharacters) return;
    if (charactersIn(this.#kept.subarray(0, length)) > this.#maxCharacters) throw this.#tooLong();
  }

  /** Good until something is kept again. */
  #withKept(bytes: Uint8Array): Uint8Array {
    if (this.#length === 0) return bytes;
    this.#keep(bytes);
    const whole = this.#kept.subarray(0, this.#length);
    this.#length = 0;
    return whole;
  }

  #decode(bytes: Uint8Array): string {
    try {
      return asciiText(bytes) ?? this.#decoder.decode(bytes);
    } catch {
      throw new BadFrames('the answer is not UTF-8');
    }
  }

  #tooLong(): BadFrames {
    return new BadFrames(`a frame is longer than ${this.#maxCharacters} characters`);
  }
}

/** Most of what workers say is ASCII, which is only copied and not decoded; null for anything else. */
function asciiText(bytes: Uint8Array): string | null {
  if (!isAscii(bytes)) return null;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** As JavaScript counts: one for each byte that begins a character, two for those beyond the basic plane. */
function charactersIn(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) count += (byte & 0xc0) === 0x80 ? 0 : byte >= 0xf0 ? 2 : 1;
  return count;
}

/** One line as a frame; null when its event is not known to this version. Throws BadFrames otherwise. */
export function parseFrame(line: string): Frame | null {
  let found: unknown;
  try {
    found = JSON.parse(line);
  } catch {
    throw new BadFrames(`not JSON: ${quote(line)}`);
  }
  if (!isObject(found) || typeof found['event'] !== 'string') {
    throw new BadFrames(`a frame without "event": ${quote(line)}`);
  }
  const read = readers[found['event']];
  if (read === undefined) return null;
  const frame = read(found);
  if (frame === null) throw new BadFrames(`a malformed ${found['event']} frame: ${quote(line)}`);
  return frame;
}

const readers: { readonly [event: string]: (found: JsonObject) => Frame | null } = {
  progress: ({ progress, message }) =>
    typeof progress === 'number' && isProgress(progress) && typeof message === 'string'
      ? { event: 'progress', progress, message }
      : null,
  usage: ({ usage }) =>
    isObject(usage) && Object.values(usage).every((amount) => typeof amount === 'number')
      ? { event: 'usage', usage: usage as { [unit: string]: number } }
      : null,
  account: ({ type, payload }) =>
    typeof type === 'string' && isObject(payload) ? { event: 'account', type, payload } : null,
  chunk: ({ value }) => (value === undefined ? null : { event: 'chunk', value }),
  result: ({ value }) => (value === undefined ? null : { event: 'result', value }),
  error: ({ error }) => {
    const read = readWireError(error);
    return read === null ? null : { event: 'error', error: read };
  },
};

/** Between 0 and 1, or -1 for "at work, no idea how far". */
export const isProgress = (progress: number): boolean =>
  progress === -1 || (progress >= 0 && progress <= 1);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const quote = (line: string): string =>
  JSON.stringify(line.length > 200 ? `${line.slice(0, 200)}…` : line);
