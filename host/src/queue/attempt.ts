import { HostError, messageOf } from '../errors.ts';
import { newId } from '../ids.ts';
import type { JobRow, StateStore } from '../stores/index.ts';
import type { AttemptContext, ExecuteOutcome, Executor } from './executor.ts';
import type { Subscribers } from './subscribe.ts';

interface AttemptTools {
  store: StateStore;
  executor: Executor;
  subscribers: Subscribers;
}

/**
 * One attempt at a job, from its start on disk to its end on disk.
 *
 * The start of an `unsafe` action is on disk before the action begins, so that a crash can never hide
 * that it may have had its effect. For all others the start is written while the action already runs:
 * should a crash lose that row, the job is still pending and runs again, which it may.
 */
export class Attempt {
  readonly #job: JobRow;
  readonly #tools: AttemptTools;
  readonly #controller = new AbortController();
  readonly #end = Promise.withResolvers<void>();
  #isAbandoned = false;
  #session: string | undefined;

  constructor(job: JobRow, tools: AttemptTools) {
    this.#job = job;
    this.#tools = tools;
  }

  /** Resolves when the executor has answered and the answer is written, or given up. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  abort(reason: string): void {
    if (!this.#controller.signal.aborted)
      this.#controller.abort(new HostError('CANCELLED', reason));
  }

  /** Aborts without a verdict: the next recovery decides what becomes of the job. */
  abandon(): void {
    this.#isAbandoned = true;
    this.abort('the host is stopping');
  }

  /** `onAnswered` is called as soon as the executor is done, before the outcome is written. */
  async run(onAnswered: () => void): Promise<void> {
    const { store } = this.#tools;
    const callId = newId('call');
    try {
      const started = store.startAttempt(this.#job.jobId, callId);
      const isRefused = started.then(({ kind }) => kind === 'refused');
      isRefused.catch(() => {});
      if (this.#job.effects === 'unsafe' && (await isRefused)) return onAnswered();
      const outcome = await this.#execute(callId);
      // Written in the order it happened: the end is asked for in the same turn as the next start.
      const written = this.#isAbandoned ? undefined : this.#finish(outcome);
      onAnswered();
      await Promise.all([isRefused, written]);
    } catch (error) {
      // The store is closed or broken for good. The job is still `running` or `pending` on disk, and the
      // next recovery takes it from there.
      this.#tools.subscribers.lost(this.#job, messageOf(error));
    } finally {
      this.#end.resolve();
    }
  }

  async #execute(callId: string): Promise<ExecuteOutcome> {
    try {
      return await this.#tools.executor(this.#job, this.#context(callId));
    } catch (error) {
      const known =
        error instanceof HostError
          ? error
          : new HostError(
              'INTERNAL',
              `running ${this.#job.capability} failed: ${messageOf(error)}`,
              {
                cause: error,
              },
            );
      const wire = known.toWire(new Date().toISOString());
      return this.#controller.signal.aborted
        ? { kind: 'cancelled', error: wire }
        : { kind: 'failed', error: wire };
    }
  }

  #finish(outcome: ExecuteOutcome): Promise<unknown> {
    const session = outcome.session ?? this.#session;
    const withSession = session === undefined ? outcome : { ...outcome, session };
    return this.#tools.store.finishAttempt(this.#job.jobId, this.#job.attempt + 1, withSession);
  }

  #context(callId: string): AttemptContext {
    const job = this.#job;
    const { store, subscribers } = this.#tools;
    return {
      attempt: job.attempt + 1,
      callId,
      signal: this.#controller.signal,
      onProgress: (progress, message) => subscribers.progress(job, progress, message),
      onPhase: (text) => subscribers.phase(job, text),
      onSession: (session) => {
        this.#session = session;
      },
      onAccount: (type, payload) => {
        const { jobId, runId, nodeId, capability, actor } = job;
        const session = this.#session ?? null;
        const told = { type, payload };
        const row = { jobId, runId, nodeId, capability, actor, session, payload: told };
        store.append([{ eventType: 'task_account', workerReported: true, ...row }]).catch(() => {});
      },
    };
  }
}
