const newline = 0x0a;
const carriageReturn = 0x0d;

/**
 * Cuts a stream of bytes into lines without ever holding more than `limitBytes` of one. A longer line is
 * cut there and says so. Carriage returns repaint a terminal line, so of several frames only the last is
 * kept. (`node:readline` keeps a line of any length in memory.)
 */
export class LineSplitter {
  readonly #limitBytes: number;
  readonly #emit: (line: string) => void;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #cutBytes = 0;

  constructor(limitBytes: number, emit: (line: string) => void) {
    this.#limitBytes = limitBytes;
    this.#emit = emit;
  }

  /** Takes a chunk; stops early and returns the unread rest when `mayContinue` says so after a line. */
  push(chunk: Buffer, mayContinue: () => boolean = () => true): Buffer {
    let rest = chunk;
    for (;;) {
      const end = rest.indexOf(newline);
      if (end < 0) break;
      this.#hold(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      this.flush();
      if (!mayContinue()) return rest;
    }
    this.#hold(rest);
    return rest.subarray(rest.length);
  }

  /** Emits what is held, as at the end of the stream. */
  flush(): void {
    if (this.#heldBytes === 0 && this.#cutBytes === 0) return;
    const text = Buffer.concat(this.#held).toString('utf8').replace(/\r+$/, '');
    const shown = text.slice(text.lastIndexOf('\r') + 1);
    this.#emit(
      this.#cutBytes === 0 ? shown : `${shown} … (line cut, ${this.#cutBytes} bytes more)`,
    );
    this.forget();
  }

  /** Drops what is held, for a caller that skips a part of the stream, and hands it back. */
  forget(): Buffer {
    const held = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    this.#cutBytes = 0;
    return held;
  }

  #hold(piece: Buffer): void {
    if (piece.length === 0) return;
    if (this.#held.at(-1)?.at(-1) === carriageReturn && piece[0] !== carriageReturn) this.forget();
    const frame = piece.subarray(lastFrameStart(piece));
    if (frame.length < piece.length) this.forget();
    const kept = frame.subarray(0, this.#limitBytes - this.#heldBytes);
    // A copy: whoever pushed the chunk may do with it as they like.
    if (kept.length > 0) this.#held.push(Buffer.from(kept));
    this.#heldBytes += kept.length;
    this.#cutBytes += frame.length - kept.length;
  }
}

/** Where the last frame begins. Carriage returns at the very end may still be half of a line's end. */
function lastFrameStart(piece: Buffer): number {
  let end = piece.length;
  while (end > 0 && piece[end - 1] === carriageReturn) end--;
  return end === 0 ? 0 : piece.lastIndexOf(carriageReturn, end - 1) + 1;
}
