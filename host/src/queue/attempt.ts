import type { Clock } from '../clock.ts';
import { isoFromMs } from '../clock.ts';
import { HostError, messageOf } from '../errors.ts';
import { newId } from '../ids.ts';
import type { JobRow, StateStore } from '../stores/index.ts';
import type { AttemptContext, ExecuteOutcome, Executor } from './executor.ts';
import type { Subscribers } from './subscribe.ts';

interface AttemptTools {
  store: StateStore;
  executor: Executor;
  clock: Clock;
  subscribers: Subscribers;
}

/**
 * One attempt at a job, from its start on disk to its end on disk.
 *
 * The start of an `unsafe` action is on disk before the action begins, so that a crash can never hide
 * that it may have had its effect. For all others the start is written while the action already runs, for a short one together with its end:
 * should a crash lose that row, the job is still pending and runs again, which it may.
 */
export class Attempt {
  readonly #job: JobRow;
  readonly #tools: AttemptTools;
  readonly #callId = newId('call');
  readonly #controller = new AbortController();
  readonly #end = Promise.withResolvers<void>();
  /** Resolves when a stopping host no longer waits for what a wedged store holds back. */
  readonly #givenUp = Promise.withResolvers<void>();
  #isAnswered = false;
  #isAbandoned = false;
  #session: string | undefined;

  /** `job` as it was on disk, pending. */
  constructor(job: JobRow, tools: AttemptTools) {
    this.#job = { ...job, state: 'running', attempt: job.attempt + 1, waitReason: null };
    this.#tools = tools;
  }

  /** Resolves when the executor has answered and the answer is written, or given up. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  abort(reason: string): void {
    const { signal } = this.#controller;
    if (!signal.aborted) this.#controller.abort(new HostError('CANCELLED', reason));
  }

  /** Aborts without a verdict: the next recovery decides what becomes of the job. */
  abandon(): void {
    this.#isAbandoned = true;
    if (this.#isAnswered) this.#givenUp.resolve();
    this.abort('the host is stopping');
  }

  /** The store takes nothing now, so that whatever this attempt comes to has to wait. */
  tellHeld(why: string): void {
    this.#tools.subscribers.phase(this.#job, `what it comes to cannot be written now: ${why}`);
  }

  /** `onAnswered` is called once, as soon as the executor is done, before the outcome is written. */
  async run(onAnswered: () => void): Promise<void> {
    try {
      await Promise.race([this.#attempt(onAnswered), this.#givenUp.promise]);
    } catch (error) {
      // The store is closed or broken for good. The next recovery finds the job as it is on disk.
      this.#tools.subscribers.lost(this.#job, messageOf(error));
    } finally {
      this.#end.resolve();
    }
  }

  async #attempt(onAnswered: () => void): Promise<void> {
    const isStarted = this.#start();
    // Whatever became of the start is looked at when the executor is done, and not before.
    isStarted.catch(() => {});
    let written: Promise<unknown> | undefined;
    try {
      if (this.#job.effects === 'unsafe' && !(await isStarted)) return;
      const outcome = await this.#execute();
      this.#isAnswered = true;
      // Asked for in the same turn as the start of the next job, so that both are one commit.
      if (this.#isAbandoned) this.#givenUp.resolve();
      else written = this.#finish(outcome);
    } finally {
      onAnswered();
    }
    await Promise.all([isStarted, written]);
  }

  /** False when the job was cancelled on disk before it could begin. */
  async #start(): Promise<boolean> {
    const { jobId, effects } = this.#job;
    const isAwaited = effects === 'unsafe';
    const { kind } = await this.#tools.store.startAttempt(jobId, this.#callId, isAwaited);
    if (kind === 'refused') this.abort('the job was cancelled before it began');
    return kind === 'started';
  }

  async #execute(): Promise<ExecuteOutcome> {
    try {
      return await this.#tools.executor(this.#job, this.#context());
    } catch (thrown) {
      const what = `running ${this.#job.capability} failed: ${messageOf(thrown)}`;
      const error = thrown instanceof HostError ? thrown : new HostError('INTERNAL', what);
      const kind = this.#controller.signal.aborted ? 'cancelled' : 'failed';
      return { kind, error: error.toWire(isoFromMs(this.#tools.clock.nowMs())) };
    }
  }

  #finish(outcome: ExecuteOutcome): Promise<unknown> {
    const session = outcome.session ?? this.#session;
    const told = session === undefined ? outcome : { ...outcome, session };
    return this.#tools.store.finishAttempt(this.#job.jobId, this.#job.attempt, told);
  }

  #context(): AttemptContext {
    const { subscribers } = this.#tools;
    return {
      attempt: this.#job.attempt,
      callId: this.#callId,
      signal: this.#controller.signal,
      onProgress: (progress, message) => subscribers.progress(this.#job, progress, message),
      onPhase: (text) => subscribers.phase(this.#job, text),
      onSession: (session) => {
        this.#session = session;
      },
      onAccount: (type, payload) => this.#account({ type, payload }),
    };
  }

  /** A tool's own words for the journal; the attempt does not wait for them. */
  #account(payload: { type: string; payload: AccountPayload }): void {
    const { jobId, runId, nodeId, capability, actor } = this.#job;
    const session = this.#session ?? null;
    const about = { jobId, runId, nodeId, capability, actor, session };
    const event = { eventType: 'task_account', workerReported: true, ...about, payload };
    this.#tools.store.append([event]).catch(() => {});
  }
}

type AccountPayload = Parameters<AttemptContext['onAccount']>[1];
