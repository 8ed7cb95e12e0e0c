import { genesisHash } from '../file/migrations.ts';
import type { Head } from './append.ts';
import { chainHash, type RawJournalRow } from './chain.ts';
import type { Page } from './read-rows.ts';
import { messageOf } from '../../errors.ts';

export interface VerifyProblem {
  kind: 'file' | 'schema' | 'chain' | 'head' | 'payload' | 'replay' | 'table';
  /** The journal row, where it is one. */
  seq?: number;
  /** The table and the row in it, where it is one of those. */
  table?: string;
  key?: string;
  message: string;
}

export const mostProblems = 20;

/** What was found so far, and how far the chain was followed. */
export class Findings {
  readonly problems: VerifyProblem[] = [];
  rows = 0;
  head: Head = { seq: 0, hash: genesisHash };

  get isFull(): boolean {
    return this.problems.length >= mostProblems;
  }

  add(problem: VerifyProblem): void {
    if (!this.isFull) this.problems.push(problem);
  }

  /** Holds every row against its own hash and the row before it. */
  follow({ rows, unreadable }: Page): void {
    const lost = new Set<number>();
    for (const { seq, error } of unreadable) {
      lost.add(seq);
      this.#tell(seq, `journal row ${seq} cannot be read: ${messageOf(error)}`);
    }
    for (const raw of rows) this.#link(raw, lost);
  }

  #link(raw: RawJournalRow, lost: ReadonlySet<number>): void {
    const { seq } = raw;
    const before = this.head;
    const expected = before.seq + 1;
    if (seq !== expected) {
      // Rows that are known to be unreadable were told of already.
      if (!lost.has(expected)) {
        const message = `journal row ${expected} is missing: row ${seq} follows row ${before.seq}`;
        this.#tell(expected, message);
      }
    } else if (raw.prev_hash !== before.hash) {
      this.#tell(seq, `journal row ${seq} does not continue row ${before.seq}`);
    }
    if (chainHash(raw) !== raw.hash) {
      this.#tell(seq, `journal row ${seq} (${raw.event_type}) was changed`);
    }
    this.rows += 1;
    this.head = { seq, hash: raw.hash };
  }

  #tell(seq: number, message: string): void {
    this.add({ kind: 'chain', seq, message });
  }
}
