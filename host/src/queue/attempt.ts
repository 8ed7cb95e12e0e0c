import type { WireError } from '@capstan/protocol';
import type { Clock } from '../clock.ts';
import { isoFromMs } from '../clock.ts';
import { HostError, invariant, messageOf } from '../errors.ts';
import { failPoint } from '../fail-points.ts';
import { newId } from '../ids.ts';
import { isExpired } from '../kernel/index.ts';
import type { JobRow, SeatRecord, StateStore } from '../stores/index.ts';
import { type AccountOwner, Accounts } from './accounts.ts';
import type { AttemptContext, ExecuteOutcome, Executor } from './executor.ts';
import { ProgressNotes } from './progress-notes.ts';
import type { Streams } from './streams.ts';
import type { Subscribers } from './subscribe.ts';

interface AttemptTools {
  store: StateStore;
  executor: Executor;
  clock: Clock;
  subscribers: Subscribers;
  streams: Streams;
}

/** What admission says of an attempt: under which grant it runs, or why it is to fail at once. */
interface Admitted {
  refusal: WireError | null;
  seat: SeatRecord | null;
}

/** What is known of the job while it runs. Its input is not: that may be large, and is the executor's. */
export type JobInHand = AccountOwner & Pick<JobRow, 'effects' | 'attempt' | 'stream'>;

/**
 * One attempt at a job, from its start on disk to its end on disk.
 *
 * The start of an `unsafe` action is on disk before the action begins, so that a crash can never hide
 * that it may have had its effect; and that of a job whose time seems to be over, because the store then
 * ends it instead. For all others the start is written while the action already runs, for a short one
 * together with its end: should a crash lose that row, the job is still pending and runs again, which it may.
 */
export class Attempt {
  readonly #job: JobInHand;
  /** Whether nothing is executed before the store has said that it may be. */
  readonly #asksFirst: boolean;
  readonly #tools: AttemptTools;
  readonly #callId = newId('call');
  readonly #accounts: Accounts;
  readonly #progress: ProgressNotes;
  readonly #controller = new AbortController();
  readonly #end = Promise.withResolvers<void>();
  /** Resolves when a stopping host no longer waits for what a wedged store holds back. */
  readonly #givenUp = Promise.withResolvers<void>();
  /** The job with its input, until the executor has it. */
  #row: JobRow | null;
  /** Of a stream, handed to its reader. */
  #values = 0;
  readonly #admitted: Admitted;
  #ranOutOfMemory = false;
  #isAnswered = false;
  #isAbandoned = false;
  #session: string | undefined;

  /** `row` is the job as it is on disk, pending. */
  constructor(row: JobRow, tools: AttemptTools, admitted: Admitted) {
    const { expiresAt, effects } = row;
    const seemsOver = isExpired(
      expiresAt === null ? null : Date.parse(expiresAt),
      tools.clock.nowMs(),
    );
    this.#asksFirst = effects === 'unsafe' || seemsOver;
    this.#job = inHand(row);
    this.#row = row;
    this.#tools = tools;
    this.#admitted = admitted;
    this.#accounts = new Accounts(ownerOf(row), tools.store);
    this.#progress = new ProgressNotes(ownerOf(row), tools.store, tools.clock.nowMs());
  }

  /** Resolves when the executor has answered and the answer is written, or given up. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** The first reason counts. */
  abort(reason: HostError): void {
    if (this.#controller.signal.aborted) return;
    this.#controller.abort(reason);
    this.#tools.streams.of(this.#job.jobId)?.endSoon();
  }

  /**
   * Aborts without a verdict: the next recovery decides what becomes of the job. That of a stream is known: its
   * reader goes with this host.
   */
  abandon(): void {
    if (this.#job.stream) {
      this.abort(new HostError('STREAM_LOST', 'its host was stopped before it was over'));
      return;
    }
    this.#isAbandoned = true;
    if (this.#isAnswered) this.#givenUp.resolve();
    this.abort(new HostError('CANCELLED', 'the host is stopping'));
  }

  /** The store takes nothing now, so that whatever this attempt comes to has to wait. */
  tellHeld(why: string): void {
    this.#tools.subscribers.held(this.#job, `what it comes to cannot be written now: ${why}`);
  }

  /** `onAnswered` is called once, as soon as the executor is done, before the outcome is written. */
  async run(onAnswered: (end: { ranOutOfMemory: boolean }) => void): Promise<void> {
    try {
      await Promise.race([this.#attempt(onAnswered), this.#givenUp.promise]);
    } catch (error) {
      // The store is closed or broken for good. The next recovery finds the job as it is on disk.
      this.#tools.subscribers.lost(this.#job, messageOf(error));
    } finally {
      this.#end.resolve();
    }
  }

  async #attempt(onAnswered: (end: { ranOutOfMemory: boolean }) => void): Promise<void> {
    const isStarted = this.#start();
    // Whatever became of the start is looked at when the executor is done, and not before.
    isStarted.catch(() => {});
    let written: Promise<unknown> | undefined;
    try {
      if (this.#asksFirst && !(await isStarted)) return;
      const outcome = await this.#execute();
      this.#ranOutOfMemory = outcome.kind === 'failed' && outcome.error.category === 'resource';
      this.#isAnswered = true;
      this.#accounts.flush();
      // Asked for in the same turn as the start of the next job, so that both are one commit.
      if (this.#isAbandoned) this.#givenUp.resolve();
      else written = this.#finish(outcome);
    } finally {
      onAnswered({ ranOutOfMemory: this.#ranOutOfMemory });
    }
    await Promise.all([isStarted, written]);
    failPoint('attempt.after-finish');
  }

  /** False when the job was cancelled, or its time was over, before it could begin. */
  async #start(): Promise<boolean> {
    const { jobId } = this.#job;
    const { kind } = await this.#tools.store.startAttempt(
      jobId,
      this.#callId,
      this.#asksFirst,
      this.#admitted.seat,
    );
    if (kind === 'refused') {
      this.abort(new HostError('CANCELLED', 'the job was over before it began'));
    }
    return kind === 'started';
  }

  async #execute(): Promise<ExecuteOutcome> {
    try {
      failPoint('attempt.before-execute');
      const outcome = await this.#handOver();
      failPoint('attempt.after-execute');
      return outcome;
    } catch (thrown) {
      const what = `running ${this.#job.instance ?? this.#job.capability} failed: ${messageOf(thrown)}`;
      const error = thrown instanceof HostError ? thrown : new HostError('INTERNAL', what);
      const kind = this.#controller.signal.aborted ? 'cancelled' : 'failed';
      return { kind, error: error.toWire(isoFromMs(this.#tools.clock.nowMs())) };
    }
  }

  #handOver(): Promise<ExecuteOutcome> {
    const row = this.#row;
    invariant(row !== null, 'an attempt is executed once');
    const { refusal } = this.#admitted;
    if (refusal !== null) return Promise.resolve({ kind: 'failed', error: refusal });
    if (row.stream && this.#tools.streams.of(row.jobId) === null) {
      throw new HostError('STREAM_LOST', 'nobody is there to read it');
    }
    this.#row = null;
    const { attempt } = this.#job;
    const job: JobRow = { ...row, state: 'running', attempt, waitReason: null };
    return this.#tools.executor(job, this.#context());
  }

  #finish(outcome: ExecuteOutcome): Promise<unknown> {
    const session = outcome.session ?? this.#session;
    const told = session === undefined ? outcome : { ...outcome, session };
    const { jobId, attempt, stream } = this.#job;
    const ended =
      stream && told.kind === 'completed' ? { ...told, result: { values: this.#values } } : told;
    return this.#tools.store.finishAttempt(jobId, attempt, ended);
  }

  #context(): AttemptContext {
    const { subscribers, streams } = this.#tools;
    const stream = this.#job.stream ? streams.of(this.#job.jobId) : null;
    return {
      attempt: this.#job.attempt,
      callId: this.#callId,
      signal: this.#controller.signal,
      onProgress: (progress, message) => {
        const session = this.#session ?? null;
        this.#progress.heard(progress, message, session, this.#tools.clock.nowMs());
        subscribers.progress(this.#job, progress, message);
        stream?.progress(progress, message);
      },
      onPhase: (text) => {
        subscribers.phase(this.#job, text);
        stream?.progress(-1, text);
      },
      onSession: (session) => {
        this.#session = session;
        this.#accounts.session = session;
      },
      onAccount: (type, payload) => this.#accounts.add(type, payload),
      onChunk: (value, characters) => {
        this.#values += 1;
        return stream?.push(value, characters);
      },
      onForce: () => this.#force(),
      wantsResources: () => subscribers.wantResources,
      onResources: (usage) =>
        subscribers.resources(this.#job, { session: this.#session ?? '', ...usage }),
    };
  }

  /** Told at once and journaled when the disk has time: what is being ended does not wait for either. */
  #force(): void {
    const { signal } = this.#controller;
    const isCancel = signal.reason instanceof HostError && signal.reason.code === 'CANCELLED';
    if (isCancel && !this.#isAbandoned) {
      this.#tools.store.noteCancelPhase(this.#job.jobId, 'force').catch(() => {});
    }
    failPoint('cancel.before-force');
  }
}

const ownerOf = (row: JobRow): AccountOwner => {
  const { jobId, runId, nodeId, capability, instance, action, task, method, actor } = row;
  return { jobId, runId, nodeId, capability, instance, action, task, method, actor };
};

const inHand = (row: JobRow): JobInHand => {
  const { effects, stream } = row;
  return { ...ownerOf(row), effects, stream, attempt: row.attempt + 1 };
};
