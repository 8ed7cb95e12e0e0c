import { sqliteCode } from '../sqlite.ts';
import { ledgerBusy } from './lock-holder.ts';

/**
 * Waiting for the one who writes. SQLite's own way of waiting sleeps longer the longer it has waited, so that of eight
 * processes the luckless ones starve. Here everybody looks again after a short random while, always the same, and
 * whoever is not alone leaves the next turn to others for a moment.
 */
const lookAgainMs = { least: 0.1, most: 0.6 };
/** As long as it usually waits itself, at most: the more there are, and the slower the disk is, the longer. */
const leaveToOthersMs = { least: 4, most: 100 };
/** Who waits as long as this waits for somebody slow, and need not look so often. */
const longMs = 250;
const lookAgainLaterMs = 4;

const busy: ReadonlySet<number | null> = new Set([5, 6, 15]); // BUSY, LOCKED, PROTOCOL

export class Patience {
  readonly #path: string;
  readonly #mostMs: number;
  /** How long it has had to wait of late. */
  #usualMs = 0;
  #isShared = false;

  constructor(path: string, mostMs: number) {
    this.#path = path;
    this.#mostMs = mostMs;
  }

  /** Tries until nobody is in the way. Throws LEDGER_BUSY, naming who is, when that takes too long. */
  until<T>(attempt: () => T): T {
    const startedMs = performance.now();
    for (let tries = 0; ; tries++) {
      try {
        const value = attempt();
        const waitedMs = tries > 0 ? performance.now() - startedMs : 0;
        this.#usualMs += (waitedMs - this.#usualMs) / 4;
        if (tries > 0) this.#isShared = true;
        return value;
      } catch (error) {
        if (!busy.has(sqliteCode(error))) throw error;
        const waitedMs = performance.now() - startedMs;
        if (waitedMs > this.#mostMs) throw ledgerBusy(this.#path, waitedMs);
        const spread = lookAgainMs.most - lookAgainMs.least;
        sleep(lookAgainMs.least + Math.random() * (waitedMs < longMs ? spread : lookAgainLaterMs));
      }
    }
  }

  /** Somebody else has had a turn since the last one. */
  noteOthers(): void {
    this.#isShared = true;
  }

  /** Before the next turn of one that is not alone: whoever was lucky is not lucky again at once. */
  leaveToOthers(): void {
    const { least, most } = leaveToOthersMs;
    if (this.#isShared) sleep(Math.random() * Math.min(most, Math.max(least, this.#usualMs)));
    this.#isShared = false;
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4));
const sleep = (ms: number): void => void Atomics.wait(cell, 0, 0, ms);
