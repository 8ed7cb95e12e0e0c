import type { Clock } from '../clock.ts';
import { HostError, invariant } from '../errors.ts';
import type {
  AcceptedJob,
  CancelJobDecision,
  CancelRunReport,
  DecideAnswer,
  JobRow,
  JobSpec,
  JournaledEvent,
  Place,
  RecoveryReport,
  StateStore,
} from '../stores/index.ts';
import type { Admission } from './admission.ts';
import { Dispatcher } from './dispatch.ts';
import type { HostEvent } from './events.ts';
import type { Executor } from './executor.ts';
import { Expiry } from './expiry.ts';
import { follow } from './follow.ts';
import { Holds } from './holds.ts';
import { lineUpPending } from './recover.ts';
import type { JobStream, JobStreamOptions } from './job-stream.ts';
import type { StreamOptions } from './stream.ts';
import { Streams } from './streams.ts';
import { Subscribers } from './subscribe.ts';
import { WaitNotes } from './wait-notes.ts';
import { Waiters } from './waiters.ts';

export interface QueueOptions {
  store: StateStore;
  executor: Executor;
  clock: Clock;
  /** Jobs in flight at once. */
  lanes: number;
  /** Calls at once that an instance takes. */
  slotsOf(instance: string): number;
  /** Why an instance is not to be started for a while; null where it may be. */
  refusalOf?(instance: string): { reason: string; forMs: number } | null;
  /** Without it there is room for everything. */
  admission?: Admission;
}

/** What the queue of a host is made of. */
export interface QueueParts {
  store: StateStore;
  dispatcher: Dispatcher;
  expiry: Expiry;
  holds: Holds;
  notes: WaitNotes;
}

/**
 * Runs the jobs of a workspace: what is durable is in the store, what is here is only which jobs run now
 * and which stand in line. It learns of new jobs, those of runs included, from the store's committed
 * events, so nothing is started that is not on disk.
 */
export class Queue {
  readonly #parts: QueueParts;
  readonly #clock: Clock;
  readonly #subscribers: Subscribers;
  readonly #streams: Streams;
  readonly #waiters: Waiters;
  readonly #stopListening: () => void;

  constructor(options: QueueOptions) {
    const { store, clock } = options;
    const subscribers = new Subscribers(clock, store.reader);
    const holds = new Holds((instance) => options.refusalOf?.(instance) ?? null);
    const streams = new Streams({
      nowMs: () => clock.nowMs(),
      submit: (spec) => this.submit(spec),
      wait: (jobId) => this.wait(jobId),
      cancel: (jobId, reason) => this.cancel(jobId, reason),
    });
    const dispatcher = new Dispatcher({
      ...options,
      streams,
      slotsOf: (name) => options.slotsOf(name),
      holds,
      subscribers,
      onDue: (jobIds) => jobIds.forEach((jobId) => notes.watch(jobId)),
    });
    const expiry = new Expiry(store, dispatcher, clock);
    const notes = new WaitNotes(store, dispatcher, clock);
    this.#parts = { store, dispatcher, expiry, holds, notes };
    this.#clock = clock;
    this.#subscribers = subscribers;
    this.#streams = streams;
    this.#waiters = new Waiters(store.reader, (jobId) => dispatcher.isUnderWay(jobId));
    this.#stopListening = store.onCommitted((events, accepted) => this.#follow(events, accepted));
  }

  /**
   * Ends what a previous host left running and lines up what is pending, in the order it was submitted.
   * To be called once, before `start`.
   */
  async recover(): Promise<RecoveryReport> {
    const report = await this.#parts.store.recover();
    await lineUpPending(this.#parts, this.#clock.nowMs());
    return report;
  }

  /** From now on jobs are started as lanes and slots become free. */
  start(): void {
    this.#parts.dispatcher.start();
  }

  /** Resolves when the job is on disk. Throws IDEMPOTENCY_CONFLICT, STORE_WEDGED, STORE_WRITE_FAILED. */
  async submit(spec: JobSpec): Promise<JobRow> {
    const [job] = await this.submitAll([spec]);
    invariant(job !== undefined, 'a submitted job is answered with its row');
    return job;
  }

  /** All or none, in one transaction. */
  submitAll(specs: JobSpec[]): Promise<JobRow[]> {
    return this.#parts.store.submitJobs(specs);
  }

  /** The values of a job as they are made; see `job-stream.ts`. `specOf` throws why there is to be none. */
  stream(specOf: () => Promise<JobSpec>, options?: JobStreamOptions): JobStream {
    return this.#streams.open(specOf, options);
  }

  /**
   * The job when it is over, or waits for a person's decision. Throws JOB_NOT_FOUND, DEADLINE_EXCEEDED,
   * CANCELLED.
   */
  wait(jobId: string, options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<JobRow> {
    return this.#waiters.wait(jobId, options);
  }

  /**
   * A pending job is cancelled at once. The attempt of a running one is aborted, and the job ends as
   * cancelled when the attempt has ended. Throws JOB_NOT_FOUND, JOB_OVER.
   *
   * The attempt is asked to end before the cancel is on disk, and nothing is lost by that: the store writes
   * in the order it is asked, so the end of the attempt cannot overtake the cancel; and should this host die
   * between the two, the cancel was never acknowledged, and the job runs again as if nobody had asked.
   */
  async cancel(jobId: string, reason: string): Promise<CancelJobDecision> {
    const { store, dispatcher } = this.#parts;
    const asked = new HostError('CANCELLED', reason);
    dispatcher.leave(jobId);
    dispatcher.abort(jobId, asked);
    const decision = await store.cancelJob(jobId, reason);
    // It may have begun meanwhile.
    if (decision.kind === 'aborting') dispatcher.abort(jobId, asked);
    return decision;
  }

  /** Cancels what has not begun and aborts what runs. Throws JOB_NOT_FOUND, JOB_OVER. */
  cancelRun(runId: string, reason: string): Promise<CancelRunReport> {
    return this.#parts.store.cancelRun(runId, reason);
  }

  /** A person's answer to a job that `needs_decision`. Throws JOB_NOT_FOUND, DECISION_NOT_NEEDED. */
  decide(jobId: string, decision: 'rerun' | 'fail', actor: string): Promise<DecideAnswer> {
    return this.#parts.store.decideJob(jobId, decision, actor);
  }

  /** Moves a pending job in line. Throws JOB_NOT_FOUND, JOB_OVER, INPUT_INVALID. */
  async reorder(jobId: string, place: Place): Promise<void> {
    await this.#parts.store.reorderJob(jobId, place);
  }

  /** Jobs of a disabled instance are not started, and none are accepted for it. */
  async setEnabled(
    instance: string,
    isEnabled: boolean,
    actor: string,
    capability: string = instance,
  ): Promise<{ changed: boolean }> {
    return this.#parts.store.setInstanceEnabled(instance, isEnabled, actor, capability);
  }

  /** Why a pending job does not run yet, as of now; null for any other. */
  whyWaiting(jobId: string): string | null {
    return this.#parts.dispatcher.whyWaiting(jobId)?.text ?? null;
  }

  stats() {
    return { ...this.#parts.dispatcher.stats(), ...this.#subscribers.stats() };
  }

  /** Resolves when nothing runs and nothing that could run stands in line. */
  idle(): Promise<void> {
    return this.#parts.dispatcher.idle();
  }

  /**
   * Starts nothing more and gives running attempts `graceMs` to end by themselves, then aborts them.
   * Aborted ones stay `running` on disk and are interrupted at the next recovery; pending jobs stay
   * pending. Resolves when no executor is at work.
   */
  async stop(graceMs: number): Promise<void> {
    const { notes, expiry, dispatcher } = this.#parts;
    notes.stop();
    expiry.stop();
    await this.#streams.close((jobId) => dispatcher.isAtWork(jobId));
    await dispatcher.stop(graceMs);
    this.#stopListening();
    this.#waiters.close();
    this.#subscribers.close();
  }

  /**
   * Hears every committed event in order, and live ones between them. Returns how to stop. `onClose` is called
   * when the queue has stopped before that, after the last event.
   */
  subscribe(listener: (event: HostEvent) => void, onClose?: () => void): () => void {
    return this.#subscribers.add(listener, onClose);
  }

  /** The same at the subscriber's own pace, from a cursor. Throws CURSOR_AHEAD. */
  events(options: StreamOptions): AsyncIterable<HostEvent> {
    return this.#subscribers.stream(options);
  }

  #follow(events: JournaledEvent[], accepted: readonly AcceptedJob[]): void {
    this.#subscribers.publish(events);
    for (const event of events) {
      follow(event, this.#parts);
      this.#waiters.follow(event);
    }
    this.#parts.dispatcher.dispatch(accepted);
  }
}
