import type { CommandProgress } from './declaration.ts';

/** Reads progress from a tool's lines, as its declaration says. */
export class ProgressReader {
  readonly #pattern: RegExp;
  readonly #totalPattern: RegExp | undefined;
  #total: number;

  constructor({ pattern, scale, total }: CommandProgress) {
    this.#pattern = new RegExp(pattern);
    this.#totalPattern = total === undefined ? undefined : new RegExp(total);
    this.#total = total === undefined ? (scale ?? 1) : 0;
  }

  /** Progress between 0 and 1 when the line tells it. Nothing is told before the total is known. */
  read(line: string): number | null {
    const total = this.#totalPattern?.exec(line);
    if (total !== undefined && total !== null) this.#total = amount(total);
    const match = this.#pattern.exec(line);
    if (match === null || this.#total <= 0) return null;
    const progress = amount(match) / this.#total;
    return Number.isFinite(progress) ? Math.min(1, Math.max(0, progress)) : null;
  }
}

/** One group is a number, three are hours, minutes and seconds. */
function amount(match: RegExpExecArray): number {
  return match.slice(1).reduce((sum, part) => sum * 60 + Number(part), 0);
}
