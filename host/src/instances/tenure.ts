import { killAtOnce, type LiveWorker, type StopBudget } from '../workers/index.ts';
import { type Drift, noDrift } from './drift.ts';
import type { Setup } from './setup.ts';

/**
 * A worker in the service of an instance, with the calls inside it, counted. An instance has one at a time
 * that takes calls; one that was replaced may still be there until its last call has ended.
 */
export class Tenure {
  readonly worker: LiveWorker;
  /** What it was started with; the configuration in it is the one in force. */
  setup: Setup;
  /** Recorded parts that it contradicts; known shortly after its start. */
  drift: Drift = noDrift;
  /** What somebody should know about it: drift, versions, a changed environment. */
  notices: string[] = [];
  /** Resolves when drift and notices are known. */
  examined: Promise<void> = Promise.resolve();
  #calls = 0;
  /** It gets no more calls, and ends like this when it has none. */
  #retirement: { budget: Partial<StopBudget>; phase: 'call' | 'stop' } | null = null;
  #isStopping = false;

  constructor(worker: LiveWorker, setup: Setup) {
    this.worker = worker;
    this.setup = setup;
  }

  get calls(): number {
    return this.#calls;
  }

  get takesCalls(): boolean {
    return this.worker.isAlive && this.#retirement === null;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** What it was busy with when it ended. */
  get endPhase(): 'call' | 'idle' | 'stop' {
    if (this.#isStopping && this.#retirement?.phase !== 'call') return 'stop';
    return this.#calls > 0 || this.#retirement !== null ? 'call' : 'idle';
  }

  enter(): void {
    this.#calls += 1;
  }

  leave(): void {
    this.#calls -= 1;
    if (this.#retirement !== null && this.#calls === 0) this.#end(this.#retirement.budget);
  }

  /** Those that are on their way to it still get in, and it ends with the last of them. */
  takeNoMore(): void {
    this.#retirement ??= { budget: {}, phase: 'stop' };
  }

  /** Gives it no more calls, and ends it when those inside have ended. Resolves when its tree is gone. */
  async retire(budget: Partial<StopBudget> = {}): Promise<void> {
    this.#retirement ??= { budget, phase: 'stop' };
    if (this.#calls === 0) this.#end(this.#retirement.budget);
    await this.worker.exited;
  }

  /**
   * It is not to be trusted any more, nor what one of its calls may still do. Other calls in it have done no
   * harm: it lives until they have ended, or else its tree is gone when this resolves.
   */
  async condemn(): Promise<void> {
    this.#retirement = { budget: killAtOnce, phase: 'call' };
    if (this.#calls > 1) return;
    this.#end(killAtOnce);
    await this.worker.exited;
  }

  /** Ends it now, calls or not. Resolves when its tree is gone. */
  async stop(budget: Partial<StopBudget> = {}): Promise<void> {
    this.#retirement ??= { budget, phase: 'stop' };
    this.#end(budget);
    await this.worker.exited;
  }

  #end(budget: Partial<StopBudget>): void {
    this.#isStopping = true;
    void this.worker.stop(budget);
  }
}
