import type { Clock } from '../clock.ts';
import { invariant } from '../errors.ts';
import type {
  CancelJobDecision,
  CancelRunReport,
  DecideAnswer,
  JobRow,
  JobSpec,
  RecoveryReport,
  StateStore,
} from '../stores/index.ts';
import { Dispatcher } from './dispatch.ts';
import type { HostEvent } from './events.ts';
import type { Executor } from './executor.ts';
import { lineUpPending } from './recover.ts';
import { Subscribers } from './subscribe.ts';
import { WaitNotes } from './wait-notes.ts';

export interface QueueOptions {
  store: StateStore;
  executor: Executor;
  clock: Clock;
  /** Jobs in flight at once. */
  lanes: number;
  /** Calls at once that a capability takes. */
  slotsOf(capability: string): number;
}

/**
 * Runs the jobs of a workspace: what is durable is in the store, what is here is only which jobs run now
 * and which stand in line. It learns of new jobs, those of runs included, from the store's committed
 * events, so nothing is started that is not on disk.
 */
export class Queue {
  readonly #store: StateStore;
  readonly #dispatcher: Dispatcher;
  readonly #subscribers: Subscribers;
  readonly #notes: WaitNotes;
  readonly #stopListening: () => void;

  constructor(options: QueueOptions) {
    this.#store = options.store;
    this.#subscribers = new Subscribers(options.clock);
    this.#dispatcher = new Dispatcher(options, this.#subscribers);
    this.#notes = new WaitNotes(options.store, this.#dispatcher, options.clock);
    this.#stopListening = this.#store.onCommitted((events) => {
      this.#subscribers.publish(events);
      for (const event of events) {
        this.#dispatcher.follow(event);
        this.#notes.follow(event);
      }
      this.#dispatcher.dispatch();
    });
  }

  /**
   * Ends what a previous host left running and lines up what is pending, in the order it was submitted.
   * To be called once, before `start`.
   */
  async recover(): Promise<RecoveryReport> {
    const report = await this.#store.recover();
    await lineUpPending(this.#store.reader, this.#dispatcher, this.#notes);
    return report;
  }

  /** From now on jobs are started as lanes and slots become free. */
  start(): void {
    this.#dispatcher.start();
  }

  /** Resolves when the job is on disk. Throws IDEMPOTENCY_CONFLICT, STORE_WEDGED, STORE_WRITE_FAILED. */
  async submit(spec: JobSpec): Promise<JobRow> {
    const [job] = await this.#store.submitJobs([spec]);
    invariant(job !== undefined, 'a submitted job is answered with its row');
    return job;
  }

  /** All or none, in one transaction. */
  submitAll(specs: JobSpec[]): Promise<JobRow[]> {
    return this.#store.submitJobs(specs);
  }

  /**
   * A pending job is cancelled at once. The attempt of a running one is aborted, and the job ends as
   * cancelled when the attempt has ended. Throws JOB_NOT_FOUND.
   */
  async cancel(jobId: string, reason: string): Promise<CancelJobDecision> {
    this.#dispatcher.withhold(jobId, reason);
    const decision = await this.#store.cancelJob(jobId, reason);
    if (decision.kind === 'aborting') this.#dispatcher.abort(jobId, reason);
    return decision;
  }

  /** Cancels what has not begun and aborts what runs. Throws JOB_NOT_FOUND. */
  cancelRun(runId: string, reason: string): Promise<CancelRunReport> {
    return this.#store.cancelRun(runId, reason);
  }

  /** A person's answer to a job that `needs_decision`. Throws JOB_NOT_FOUND. */
  decide(jobId: string, decision: 'rerun' | 'fail', actor: string): Promise<DecideAnswer> {
    return this.#store.decideJob(jobId, decision, actor);
  }

  /** Why a pending job does not run yet, as of now; null for any other. */
  whyWaiting(jobId: string): string | null {
    return this.#dispatcher.whyWaiting(jobId)?.text ?? null;
  }

  /** Resolves when nothing runs and nothing that could run stands in line. */
  idle(): Promise<void> {
    return this.#dispatcher.idle();
  }

  /**
   * Starts nothing more and gives running attempts `graceMs` to end by themselves, then aborts them.
   * Aborted ones stay `running` on disk and are interrupted at the next recovery; pending jobs stay
   * pending. Resolves when no executor is at work.
   */
  async stop(graceMs: number): Promise<void> {
    this.#notes.stop();
    await this.#dispatcher.stop(graceMs);
    this.#stopListening();
    this.#subscribers.close();
  }

  /**
   * Hears every committed event in order, and live ones between them. Returns how to stop. `onClose` is called
   * when the queue has stopped before that, after the last event.
   */
  subscribe(listener: (event: HostEvent) => void, onClose?: () => void): () => void {
    return this.#subscribers.add(listener, onClose);
  }
}
