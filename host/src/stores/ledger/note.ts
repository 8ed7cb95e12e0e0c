import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { sha256 } from '../journal/hash.ts';
import type { Sqlite } from '../sqlite.ts';
import { noteOf, unreadable } from './refusals.ts';
import { hashOf } from './rows.ts';

/**
 * The file beside a ledger that says how far it had come when a commit was last synced. SQLite takes a write-ahead log
 * that is damaged or gone for one that ends earlier, and an older copy for the ledger itself: by either, leases would be
 * forgotten that somebody holds. The note is never ahead of what is on disk, and costs one write into a cached page.
 */
export interface Note {
  ledgerId: string;
  seq: number;
  hash: string;
}

/** Null where there is none, or none that is whole: after a loss of power it may be anything. */
export function readNote(path: string): Note | null {
  try {
    const [ledgerId = '', seq = '', hash = '', sum] = readFileSync(noteOf(path), 'latin1').split(
      /\s+/,
    );
    return sha256(`${ledgerId} ${seq} ${hash}`) === sum
      ? { ledgerId, seq: Number(seq), hash }
      : null;
  } catch {
    return null;
  }
}

const restMs = 50;

/** Keeps the note of one ledger, with its file open. Never fails anybody. */
export class NoteKeeper {
  readonly #path: string;
  #file: number | null = null;
  #unwritten: Note | null = null;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(path: string) {
    this.#path = noteOf(path);
  }

  /** Not after every commit of a busy process: the file would make each of its syncs a little longer. */
  write({ ledgerId, seq, hash }: Note): void {
    const nowMs = performance.now();
    // A copy: what it is of goes on with commits that are not synced.
    this.#unwritten = { ledgerId, seq, hash };
    if (nowMs - this.#atMs < restMs) return;
    this.#atMs = nowMs;
    this.flush();
  }

  /** Writes what was put off. */
  flush(): void {
    if (this.#unwritten === null) return;
    const { ledgerId, seq, hash } = this.#unwritten;
    this.#unwritten = null;
    try {
      // Neither emptied nor appended to: others write the same few bytes.
      this.#file ??= openSync(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
      // Of one length, so that a shorter one leaves no end of the one before.
      const text = `${ledgerId} ${String(seq).padStart(15, '0')} ${hash}`;
      writeSync(this.#file, `${text} ${sha256(text)}\n`, 0);
    } catch {
      this.#release();
    }
  }

  close(): void {
    this.flush();
    this.#release();
  }

  #release(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}

/**
 * Throws LEDGER_UNREADABLE for a ledger that is behind its note, or another than the one which the note is about. The
 * note has to be read before the transaction begins that the head is of: others go on writing meanwhile.
 */
export function refuseOlder(
  db: Sqlite,
  { ledgerId, seq }: { ledgerId: string; seq: number },
  path: string,
  note: Note | null,
): void {
  if (note === null) return;
  const accept = `If this is meant, remove ${noteOf(path)}; what was granted since is forgotten then.`;
  if (note.ledgerId !== ledgerId) {
    throw unreadable(path, 'it is another ledger than the one last used here', accept);
  }
  if (note.seq > seq) {
    const why = `it is an older copy, or damaged: it ends at event ${seq}, and ${note.seq} were written`;
    throw unreadable(path, why, accept);
  }
  const hash = hashOf(db, note.seq);
  if (hash === null || hash === note.hash) return;
  throw unreadable(
    path,
    `it is another copy: its event ${note.seq} is not the one that was written`,
    accept,
  );
}
