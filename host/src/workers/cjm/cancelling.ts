import { defaults } from '../../defaults.ts';

/** A call in a worker, as far as its cancel is concerned. */
export interface RunningCall {
  callId: string;
  isCancelled: boolean;
}

/**
 * The calls that run in one worker, and its one cancel flag. A call clears the flag as it begins, so it is
 * raised again until every call it is meant for has ended.
 */
export class RunningCalls {
  readonly #running = new Set<RunningCall>();
  readonly #raiseFlag: () => Promise<unknown>;

  constructor(raiseFlag: () => Promise<unknown>) {
    this.#raiseFlag = raiseFlag;
  }

  get ids(): string[] {
    return Array.from(this.#running, ({ callId }) => callId);
  }

  begin(callId: string): RunningCall {
    const call = { callId, isCancelled: false };
    this.#running.add(call);
    return call;
  }

  end(call: RunningCall): void {
    this.#running.delete(call);
  }

  /** Of one call, or of all. Does nothing for one that is over, or that was cancelled already. */
  async cancel(callId: string | undefined): Promise<void> {
    const meant = [...this.#running].filter(
      (call) => callId === undefined || call.callId === callId,
    );
    const isNew = meant.some(({ isCancelled }) => !isCancelled);
    for (const call of meant) call.isCancelled = true;
    if (!isNew) return;
    await this.#raiseFlag();
    void this.#raiseAgain(meant);
  }

  async #raiseAgain(meant: readonly RunningCall[]): Promise<void> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, until it is heard
      await sleep(defaults.cjmCancelAgainMs);
      if (!meant.some((call) => this.#running.has(call))) return;
      // oxlint-disable-next-line no-await-in-loop
      await this.#raiseFlag();
    }
  }
}

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms).unref());
