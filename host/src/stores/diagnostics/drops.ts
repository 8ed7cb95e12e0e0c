import type { DiagnosticLine, DroppedCount, DropReason } from './line.ts';

/** What was dropped and is not on disk yet: kept in memory per session and reason, never line by line. */
export class Drops {
  #counts = new Map<string, DroppedCount>();

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  add(session: string, reason: DropReason, ts: string, lines: number, bytes: number): void {
    const key = `${reason} ${session}`;
    const known = this.#counts.get(key);
    if (known === undefined) {
      this.#counts.set(key, { session, reason, lines, bytes, since: ts, until: ts });
      return;
    }
    known.lines += lines;
    known.bytes += bytes;
    known.until = ts;
  }

  addLine(line: Omit<DiagnosticLine, 'ts'>, reason: DropReason, ts: string): void {
    this.add(line.session ?? '', reason, ts, 1, Buffer.byteLength(line.message));
  }

  /** Everything, to be written; from here on it is whoever writes it that has to keep it. */
  take(): DroppedCount[] {
    const taken = [...this.#counts.values()];
    this.#counts = new Map();
    return taken;
  }

  /** What could not be written after all. */
  giveBack(counts: readonly DroppedCount[]): void {
    for (const { session, reason, lines, bytes, since, until } of counts) {
      this.add(session, reason, since, lines, bytes);
      this.add(session, reason, until, 0, 0);
    }
  }
}
