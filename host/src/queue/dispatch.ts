import type { Clock } from '../clock.ts';
import { defaults } from '../defaults.ts';
import { invariant, messageOf } from '../errors.ts';
import {
  admit,
  type Holder,
  type House,
  Line,
  type WaitReason,
  type Waiting,
  whyWaiting,
} from '../kernel/index.ts';
import type { JournaledEvent, StateStore } from '../stores/index.ts';
import { Attempt } from './attempt.ts';
import type { Executor } from './executor.ts';
import type { Subscribers } from './subscribe.ts';

interface DispatcherOptions {
  store: StateStore;
  executor: Executor;
  clock: Clock;
  lanes: number;
  slotsOf(capability: string): number;
}

/**
 * Who runs and who stands in line. Both follow from committed events; only the step from the line to an
 * attempt is taken here, by asking the kernel who is next.
 *
 * A lane is free as soon as its executor has answered, while the answer is still being written: the next
 * job's start and this job's end are then one commit.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #subscribers: Subscribers;
  readonly #lines = new Map<string, Line>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #running = new Map<string, Map<string, Holder>>();
  readonly #attempts = new Map<string, Attempt>();
  readonly #house: House;
  readonly #stopListening: () => void;
  #isStarted = false;
  #idleWaiters: (() => void)[] = [];
  #retry: NodeJS.Timeout | undefined;

  constructor(options: DispatcherOptions, subscribers: Subscribers) {
    this.#options = options;
    this.#subscribers = subscribers;
    this.#house = {
      lanes: options.lanes,
      slotsOf: (capability) => options.slotsOf(capability),
      running: this.#running,
      lines: this.#lines,
    };
    this.#stopListening = options.store.onWedgeChange((wedge) => {
      if (wedge === null) this.dispatch();
      else for (const attempt of this.#attempts.values()) attempt.tellHeld(wedge.cause.message);
    });
  }

  /** What a committed event means for who runs and who waits. */
  follow(event: JournaledEvent): void {
    const { jobId, payload } = event;
    if (jobId === undefined) return;
    if (event.type === 'job_submitted') {
      const priority = Number(payload['priority'] ?? 0);
      this.lineUp({ jobId, capability: event.capability ?? '', priority, age: event.seq });
    } else if (event.type === 'job_decided') {
      if (payload['decision'] === 'rerun') this.#lineUpAgain(jobId);
    } else if (event.type === 'job_cancel_requested') {
      this.abort(jobId, payload['reason'] as string);
    } else if (event.type === 'job_finished') {
      this.#leaveLine(jobId);
    }
  }

  lineUp(job: Waiting): void {
    if (this.#attempts.has(job.jobId)) return;
    let line = this.#lines.get(job.capability);
    if (line === undefined) {
      line = new Line();
      this.#lines.set(job.capability, line);
    }
    line.add(job);
    this.#waiting.set(job.jobId, job);
  }

  start(): void {
    this.#isStarted = true;
    this.dispatch();
  }

  /** Starts every job that may start now. */
  dispatch(): void {
    while (this.#isStarted && this.#options.store.wedged === null) {
      const next = admit(this.#house);
      if (next === null || !this.#tryBegin(next)) break;
    }
    this.#tellIdle();
  }

  /** Keeps a job that is being cancelled from being started meanwhile. */
  withhold(jobId: string, reason: string): void {
    this.#leaveLine(jobId);
    this.abort(jobId, reason);
  }

  abort(jobId: string, reason: string): void {
    this.#attempts.get(jobId)?.abort(reason);
  }

  whyWaiting(jobId: string): WaitReason | null {
    const job = this.#waiting.get(jobId);
    if (job === undefined) return null;
    const { store, clock } = this.#options;
    if (store.wedged !== null) {
      return { kind: 'store', text: `nothing is started now: ${store.wedged.cause.message}` };
    }
    return whyWaiting(job, this.#house, clock.nowMs());
  }

  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
      this.#tellIdle();
    });
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStarted = false;
    this.#stopListening();
    clearTimeout(this.#retry);
    const ended = Promise.all([...this.#attempts.values()].map((attempt) => attempt.ended));
    const timer = setTimeout(() => {
      for (const attempt of this.#attempts.values()) attempt.abandon();
    }, graceMs);
    await ended;
    clearTimeout(timer);
    this.#tellIdle();
  }

  /** False when the job could not even be read; it keeps its place, and is tried again later. */
  #tryBegin(job: Waiting): boolean {
    try {
      this.#begin(job);
      return true;
    } catch (error) {
      this.#subscribers.unreadable(job.jobId, messageOf(error));
      this.#retry ??= setTimeout(() => {
        this.#retry = undefined;
        this.dispatch();
      }, defaults.storeCheckMs).unref();
      return false;
    }
  }

  #begin(job: Waiting): void {
    const { store, executor, clock } = this.#options;
    const row = store.reader.job(job.jobId);
    invariant(row !== null, `${job.jobId} stands in line, so it is on disk`);
    this.#leaveLine(job.jobId);
    const attempt = new Attempt(row, { store, executor, clock, subscribers: this.#subscribers });
    this.#attempts.set(job.jobId, attempt);
    this.#take(job.capability, {
      jobId: job.jobId,
      nodeId: row.nodeId,
      sinceMs: clock.nowMs(),
    });
    void attempt
      .run(() => this.#free(job))
      .finally(() => {
        this.#attempts.delete(job.jobId);
        this.#tellIdle();
      });
  }

  #take(capability: string, holder: Holder): void {
    let holders = this.#running.get(capability);
    if (holders === undefined) {
      holders = new Map();
      this.#running.set(capability, holders);
    }
    holders.set(holder.jobId, holder);
  }

  #free({ jobId, capability }: Waiting): void {
    this.#running.get(capability)?.delete(jobId);
    this.dispatch();
  }

  #leaveLine(jobId: string): void {
    const job = this.#waiting.get(jobId);
    if (job === undefined) return;
    this.#waiting.delete(jobId);
    const line = this.#lines.get(job.capability);
    line?.remove(jobId);
    if (line?.size === 0) this.#lines.delete(job.capability);
  }

  #lineUpAgain(jobId: string): void {
    const row = this.#options.store.reader.job(jobId);
    if (row?.state !== 'pending') return;
    const age = this.#options.store.reader.submittedSeq(jobId);
    this.lineUp({ jobId, capability: row.capability, priority: row.priority, age });
  }

  #tellIdle(): void {
    if (this.#idleWaiters.length === 0) return;
    const somethingIsToStart = this.#isStarted && this.#waiting.size > 0;
    if (this.#attempts.size > 0 || somethingIsToStart) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}
