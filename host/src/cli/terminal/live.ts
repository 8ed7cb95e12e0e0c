import type { Output } from '../io.ts';
import { plain } from './plain.ts';
import { widthOf } from './width.ts';

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
/** Terminals that know synchronized output paint everything between these at once; others ignore them. */
const beginFrame = '\u001b[?2026h';
const endFrame = '\u001b[?2026l';
const eraseToEndOfLine = '\u001b[K';
const eraseBelow = '\u001b[J';

/** A few lines at the bottom of a terminal, redrawn in place: written over, never cleared first, so nothing flickers. */
export class LiveArea {
  readonly #output: Output;
  #painted: string[] = [];
  #isCursorHidden = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Shows these lines in place of the last ones. Each must fit the terminal's width. */
  paint(lines: string[]): void {
    if (same(lines, this.#painted)) return;
    const opening = this.#isCursorHidden ? '' : hideCursor;
    this.#isCursorHidden = true;
    const body = lines.map((line) => `${line}${eraseToEndOfLine}\n`).join('');
    this.#output.write(`${beginFrame}${opening}${this.#toTop()}${body}${eraseBelow}${endFrame}`);
    this.#painted = lines;
  }

  /** Writes a line that stays, above the area. */
  above(line: string): void {
    const area = this.#painted.map((painted) => `${painted}${eraseToEndOfLine}\n`).join('');
    const written = `${line}${eraseToEndOfLine}\n${area}`;
    this.#output.write(`${beginFrame}${this.#toTop()}${written}${eraseBelow}${endFrame}`);
  }

  /** Leaves what is shown where it is and gives the cursor back. */
  finish(): void {
    if (this.#isCursorHidden) this.#output.write(showCursor);
    this.#isCursorHidden = false;
    this.#painted = [];
  }

  /** A terminal made narrower has wrapped what was painted; those rows have to be climbed too. */
  #toTop(): string {
    const columns = Math.max(1, this.#output.columns);
    const rows = this.#painted.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(widthOf(plain(line)) / columns)),
      0,
    );
    return rows === 0 ? '' : `\u001b[${rows}A\r`;
  }
}

const same = (a: string[], b: string[]): boolean =>
  a.length === b.length && a.every((line, i) => line === b[i]);
