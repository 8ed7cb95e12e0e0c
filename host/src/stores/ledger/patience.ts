import { sqliteCode } from '../sqlite.ts';
import { ledgerBusy } from './lock-holder.ts';

/**
 * Waiting for the one who writes. SQLite's own way of waiting sleeps longer the longer it has waited, so that of eight
 * processes the luckless ones starve. Here everybody looks again after a short random while, always the same, and
 * whoever had to wait for its turn leaves the next one to others for a moment.
 */
const lookAgainMs = { least: 0.1, most: 0.6 };
/** As long as it waited itself, at most: the more there are, and the slower the disk is, the longer. */
const leaveToOthersMs = { least: 4, most: 100 };
/** Who waits as long as this waits for somebody slow, and need not look so often. */
const longMs = 250;
const lookAgainLaterMs = 4;

const busy: ReadonlySet<number | null> = new Set([5, 6, 15]); // BUSY, LOCKED, PROTOCOL

export class Patience {
  readonly #path: string;
  readonly #mostMs: number;
  #waitedMs = 0;

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
        this.#waitedMs = tries > 0 ? performance.now() - startedMs : 0;
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

  /** Before the next turn of one that had to wait for its last. */
  leaveToOthers(): void {
    const { least, most } = leaveToOthersMs;
    if (this.#waitedMs > 0) sleep(Math.random() * Math.min(most, Math.max(least, this.#waitedMs)));
    this.#waitedMs = 0;
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4));
const sleep = (ms: number): void => void Atomics.wait(cell, 0, 0, ms);
