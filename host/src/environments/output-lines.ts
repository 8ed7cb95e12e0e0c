/**
 * Cuts a byte stream into lines. A progress bar that redraws itself with carriage returns counts as one
 * line, its last state; a line longer than the limit is cut there and marked.
 */
export class OutputLines {
  readonly #limit: number;
  readonly #onLine: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #rest = '';
  #cutting = false;

  constructor(limit: number, onLine: (line: string) => void) {
    this.#limit = limit;
    this.#onLine = onLine;
  }

  push(chunk: Uint8Array): void {
    this.#take(this.#decoder.decode(chunk, { stream: true }));
  }

  end(): void {
    this.#take(this.#decoder.decode());
    if (this.#rest !== '') this.#emit(this.#rest);
    this.#rest = '';
  }

  #take(text: string): void {
    const parts = (this.#rest + text).split('\n');
    this.#rest = parts.pop() ?? '';
    for (const part of parts) this.#emit(part);
    if (this.#rest.length > this.#limit) {
      if (!this.#cutting) this.#onLine(`${this.#rest.slice(0, this.#limit)} …`);
      this.#cutting = true;
      this.#rest = '';
    }
  }

  #emit(raw: string): void {
    const wasCut = this.#cutting;
    this.#cutting = false;
    if (wasCut) return; // the tail of a line whose beginning has been told
    const frames = raw.split('\r').filter((frame) => frame.trim() !== '');
    const line = frames.at(-1)?.trimEnd();
    if (line !== undefined) this.#onLine(line.slice(0, this.#limit));
  }
}
