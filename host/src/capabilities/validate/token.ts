/** A word, number, text or sign of a program. Comments are none, and what stands in a text is not looked into. */
export interface Token {
  kind: 'name' | 'number' | 'string' | 'sign' | 'newline';
  /** As written; of a string only its first quote. */
  text: string;
  /** Of a string: what stands between its quotes. */
  value?: string;
  line: number;
  column: number;
}

/** Walks over a source text and knows where it is. */
export class Cursor {
  readonly source: string;
  at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(source: string) {
    this.source = source;
  }

  get isDone(): boolean {
    return this.at >= this.source.length;
  }

  get place(): { line: number; column: number } {
    return { line: this.#line, column: this.at - this.#lineStart + 1 };
  }

  startsWith(text: string): boolean {
    return this.source.startsWith(text, this.at);
  }

  /** What a sticky pattern finds right here, or null. */
  match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    return pattern.exec(this.source)?.[0] ?? null;
  }

  advance(count: number): void {
    const end = Math.min(this.at + count, this.source.length);
    for (; this.at < end; this.at++) {
      if (this.source[this.at] !== '\n') continue;
      this.#line++;
      this.#lineStart = this.at + 1;
    }
  }

  /** To behind the next `closing` that no backslash precedes; to `stop` or the end where there is none. */
  skipText(closing: string, stop: string | null): void {
    while (!this.isDone && !this.startsWith(closing)) {
      if (stop !== null && this.startsWith(stop)) return;
      this.advance(this.source[this.at] === '\\' ? 2 : 1);
    }
    this.advance(closing.length);
  }
}
