import type { Clock } from '../clock.ts';
import { defaults } from '../defaults.ts';
import type { JournaledEvent, StateStore } from '../stores/index.ts';
import type { Dispatcher } from './dispatch.ts';

interface Watched {
  sinceMs: number;
  /** Kind of the last reason written down. */
  noted: string | null;
}

/**
 * Writes down why jobs wait: once when a job has waited a moment, and again when the kind of reason
 * changes. Seconds that pass and holders that come and go are no news. Only so many jobs are watched at
 * a time, so that a hundred thousand pending ones do not mean a hundred thousand rows.
 */
export class WaitNotes {
  readonly #store: StateStore;
  readonly #dispatcher: Dispatcher;
  readonly #clock: Clock;
  readonly #watched = new Map<string, Watched>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(store: StateStore, dispatcher: Dispatcher, clock: Clock) {
    this.#store = store;
    this.#dispatcher = dispatcher;
    this.#clock = clock;
  }

  follow(event: JournaledEvent): void {
    if (event.jobId === undefined) return;
    if (event.type === 'job_submitted' || event.type === 'job_retrying') this.watch(event.jobId);
    else if (event.type === 'job_started' || event.type === 'job_finished') {
      this.#watched.delete(event.jobId);
    }
  }

  watch(jobId: string): void {
    if (this.#watched.size >= defaults.waitNotesMost) return;
    this.#watched.set(jobId, { sinceMs: this.#clock.monotonicMs(), noted: null });
    this.#lookLater();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #lookLater(): void {
    if (this.#isStopped || this.#timer !== undefined || this.#watched.size === 0) return;
    this.#timer = setTimeout(() => this.#look(), defaults.waitNoteMs).unref();
  }

  #look(): void {
    this.#timer = undefined;
    const before = this.#clock.monotonicMs() - defaults.waitNoteMs / 2;
    const notes = [];
    for (const [jobId, watched] of this.#watched) {
      if (watched.sinceMs > before) continue;
      const reason = this.#dispatcher.whyWaiting(jobId);
      // That a delay is the reason stands in the job's own row.
      if (reason === null || reason.kind === 'delay') this.#watched.delete(jobId);
      // It is being looked for room: why there is none is worth telling, when that is known.
      else if (reason.kind === 'room') continue;
      else if (reason.kind !== watched.noted) {
        watched.noted = reason.kind;
        notes.push({ jobId, reason: reason.text });
      }
    }
    // A note that cannot be written is no reason to disturb anyone.
    if (notes.length > 0) this.#store.noteWaiting(notes).catch(() => {});
    this.#lookLater();
  }
}
