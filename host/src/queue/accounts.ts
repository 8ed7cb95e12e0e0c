import type { JsonObject } from '@capstan/protocol';
import type { Clock } from '../clock.ts';
import { defaults } from '../defaults.ts';
import type { JobRow, StateStore } from '../stores/index.ts';

/**
 * What a tool accounts for during one call, on its way to the journal. The call does not wait for it, and
 * so a tool that accounts for more than the disk can take could fill the host's memory: what comes faster
 * than the rate, or while too many are under way, is dropped, and a row says how much.
 */
export class Accounts {
  session: string | null = null;
  readonly #job: Pick<JobRow, 'jobId' | 'runId' | 'nodeId' | 'capability' | 'actor'>;
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #dropped = { count: 0, bytes: 0 };
  #secondBegan = Number.NEGATIVE_INFINITY;
  #rows = 0;
  #bytes = 0;
  #underWay = 0;

  constructor(
    job: Pick<JobRow, 'jobId' | 'runId' | 'nodeId' | 'capability' | 'actor'>,
    store: StateStore,
    clock: Clock,
  ) {
    this.#job = job;
    this.#store = store;
    this.#clock = clock;
  }

  add(type: string, payload: JsonObject): void {
    const bytes = type.length + JSON.stringify(payload).length;
    if (this.#hasRoom(bytes)) this.#append('task_account', true, { type, payload });
    else {
      this.#dropped.count += 1;
      this.#dropped.bytes += bytes;
    }
  }

  /** To be called when the call is over. */
  end(): void {
    const { count, bytes } = this.#dropped;
    if (count > 0) this.#append('task_accounts_dropped', false, { count, bytes });
  }

  #hasRoom(bytes: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#secondBegan >= 1000) {
      this.#secondBegan = nowMs;
      this.#rows = 0;
      this.#bytes = 0;
    }
    // The first of a second may be as large as it likes: a frame has its own bound.
    const fits = this.#rows === 0 || this.#bytes + bytes <= defaults.accountBytesPerS;
    if (!fits || this.#rows >= defaults.accountsPerS) return false;
    if (this.#underWay >= defaults.accountsWaitingMost) return false;
    this.#rows += 1;
    this.#bytes += bytes;
    return true;
  }

  #append(eventType: string, workerReported: boolean, payload: JsonObject): void {
    const { jobId, runId, nodeId, capability, actor } = this.#job;
    const about = { jobId, runId, nodeId, capability, actor, session: this.session };
    this.#underWay += 1;
    this.#store
      .append([{ eventType, workerReported, ...about, payload }])
      .catch(() => {})
      .finally(() => {
        this.#underWay -= 1;
      });
  }
}
