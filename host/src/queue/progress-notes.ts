import { defaults } from '../defaults.ts';
import type { StateStore } from '../stores/index.ts';
import type { AccountOwner } from './accounts.ts';

/**
 * That a long call comes forward, in the journal: whoever asks later whether it does may have heard nothing of it
 * live. At most a row a minute, none in the first one, and only when the progress has risen since the last: short calls
 * write nothing, and a tool that says the same for an hour has said it once.
 */
export class ProgressNotes {
  readonly #owner: AccountOwner;
  readonly #store: StateStore;
  #notedMs: number;
  #noted = 0;

  constructor(owner: AccountOwner, store: StateStore, nowMs: number) {
    this.#owner = owner;
    this.#store = store;
    this.#notedMs = nowMs;
  }

  heard(progress: number, message: string, session: string | null, nowMs: number): void {
    if (nowMs - this.#notedMs < defaults.progressNoteMs || progress <= this.#noted) return;
    this.#notedMs = nowMs;
    this.#noted = progress;
    const row = { ...this.#owner, session, eventType: 'call_progressed', workerReported: true };
    // One that cannot be written now is followed by another.
    this.#store
      .append([{ ...row, payload: { progress, message: message.slice(0, mostCharacters) } }])
      .catch(() => {});
  }
}

const mostCharacters = 500;
