import type { Clock } from '../clock.ts';
import { defaults } from '../defaults.ts';
import { HostError } from '../errors.ts';
import type { StateStore } from '../stores/index.ts';
import type { Dispatcher } from './dispatch.ts';
import { Timetable } from './timetable.ts';

/**
 * Ends jobs that have to be over by now. What waits is ended by the store, all of it together; what runs is
 * asked to end, as by a deadline.
 */
export class Expiry {
  readonly #store: StateStore;
  readonly #dispatcher: Dispatcher;
  readonly #times: Timetable;

  constructor(store: StateStore, dispatcher: Dispatcher, clock: Clock) {
    this.#store = store;
    this.#dispatcher = dispatcher;
    this.#times = new Timetable(clock, (jobIds) => void this.#end(jobIds));
  }

  expect(jobId: string, inMs: number): void {
    this.#times.plan(jobId, inMs);
  }

  forget(jobId: string): void {
    this.#times.cancel(jobId);
  }

  stop(): void {
    this.#times.stop();
  }

  async #end(jobIds: string[]): Promise<void> {
    const waiting = jobIds.filter((jobId) => !this.#dispatcher.abort(jobId, overdue(jobId)));
    // By the store's clock, which somebody may have set back, it may be too early: what it leaves, and what
    // came back from an attempt just now, is looked at again.
    for (const jobId of jobIds) this.#times.plan(jobId, defaults.expiryAgainMs);
    if (waiting.length > 0) await this.#expireWaiting().catch(() => {});
  }

  async #expireWaiting(): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- a few hundred per commit, one commit after the other
    while ((await this.#store.expireJobs()).more);
  }
}

/** Not retriable: there is no time left for another attempt. */
const overdue = (jobId: string): HostError =>
  new HostError('DEADLINE_EXCEEDED', `${jobId} was not over within the time it was given`, {
    hint: 'Submit it again with more time (`--deadline`), or with a higher priority.',
    retriable: false,
  });
