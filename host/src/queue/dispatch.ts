import type { Clock } from '../clock.ts';
import { afterMs, isoFromMs } from '../clock.ts';
import { defaults } from '../defaults.ts';
import { HostError, invariant, messageOf } from '../errors.ts';
import { failPoint } from '../fail-points.ts';
import {
  admit,
  heldUp,
  type House,
  type WaitReason,
  type Waiting,
  whyWaiting,
} from '../kernel/index.ts';
import type { AcceptedJob, JobRow, StateStore } from '../stores/index.ts';
import type { Admission } from './admission.ts';
import { Attempt } from './attempt.ts';
import type { Executor } from './executor.ts';
import { Floor } from './floor.ts';
import type { Holds } from './holds.ts';
import { Lines } from './lines.ts';
import type { Streams } from './streams.ts';
import type { Subscribers } from './subscribe.ts';
import { Timetable } from './timetable.ts';

export interface DispatcherOptions {
  store: StateStore;
  executor: Executor;
  clock: Clock;
  lanes: number;
  slotsOf(instance: string): number;
  holds: Holds;
  subscribers: Subscribers;
  streams: Streams;
  /** Without it there is room for everything. */
  admission?: Admission;
  /** Hears of jobs whose delay is over. */
  onDue?(jobIds: readonly string[]): void;
}

interface AtWork {
  job: Waiting;
  attempt: Attempt;
  /** The end of the job has been told. */
  isTold: boolean;
}

/**
 * Who runs and who stands in line. Both follow from committed events; only the step from the line to an
 * attempt is taken here, by asking the kernel who is next. That looks at the head of each line, so its cost
 * grows with the number of instances, whatever the number of jobs.
 *
 *     told to line up ──▶ delayed ──due──▶ in line ──admitted──▶ on the floor ──answered──▶ gone
 *                            ▲                                        │
 *                            └──────────────── retrying ──────────────┘
 *
 * A lane is free as soon as its executor has answered, while the answer is still being written: the next
 * job's start and this job's end are then one commit.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #lines = new Lines();
  readonly #floor = new Floor();
  readonly #delays: Timetable;
  readonly #attempts = new Map<string, AtWork>();
  readonly #house: House;
  readonly #stopListening: (() => void)[];
  #isStarted = false;
  #idleWaiters: (() => void)[] = [];
  #again: NodeJS.Timeout | undefined;

  constructor(options: DispatcherOptions) {
    const { clock, holds, store, admission } = options;
    this.#options = options;
    this.#delays = new Timetable(clock, (jobIds) => {
      for (const jobId of jobIds) this.#lines.enter(jobId);
      options.onDue?.(jobIds);
      this.dispatch();
    });
    this.#house = {
      lanes: options.lanes,
      slotsOf: (instance) => (holds.of(instance) === null ? options.slotsOf(instance) : 0),
      running: this.#floor.holders,
      lines: this.#lines.byInstance,
      ...(admission === undefined
        ? {}
        : { obstacleOf: (instance) => admission.obstacle(instance) }),
    };
    const onWedge = store.onWedgeChange((wedge) => {
      if (wedge === null) this.dispatch();
      else for (const { attempt } of this.#attempts.values()) attempt.tellHeld(wedge.cause.message);
    });
    const onRoom = admission?.onChange(() => this.dispatch());
    this.#stopListening = onRoom === undefined ? [onWedge] : [onWedge, onRoom];
  }

  /** Lets a job wait its turn, which begins after `delayMs`. */
  lineUp(job: Waiting, delayMs = 0): void {
    if (this.#attempts.has(job.jobId)) return;
    this.#wait(job, delayMs);
  }

  /** Its attempt has failed, and it is to be tried again. */
  lineUpAgain(jobId: string, delayMs: number): void {
    const ended = this.#attempts.get(jobId);
    if (ended === undefined) return;
    this.#attempts.delete(jobId);
    this.#wait(ended.job, delayMs);
  }

  /** Moves a job that waits to where a new priority belongs. */
  reorder(jobId: string, priority: number): void {
    this.#lines.rekey(jobId, priority);
  }

  start(): void {
    this.#isStarted = true;
    this.dispatch();
  }

  /** Starts every job that may start now. Those that were `accepted` just now need not be read for that. */
  dispatch(accepted: readonly AcceptedJob[] = []): void {
    while (this.#isStarted && this.#options.store.wedged === null) {
      const next = admit(this.#house);
      if (next === null) {
        this.#lookAgainIn(this.#soonestRelease());
        break;
      }
      if (!this.#tryBegin(next, accepted)) break;
    }
    this.#tellWanted();
    this.#tellIdle();
  }

  /** It does not wait any more: it has ended, or is about to. */
  leave(jobId: string): void {
    this.#lines.remove(jobId);
    this.#delays.cancel(jobId);
  }

  /** Asks the attempt at a job to end, if there is one. */
  abort(jobId: string, reason: HostError): boolean {
    const running = this.#attempts.get(jobId);
    running?.attempt.abort(reason);
    return running !== undefined;
  }

  /** Whether its end, or that a person has to decide about it, is still to be told. */
  isUnderWay(jobId: string): boolean {
    if (this.#lines.get(jobId) !== undefined) return true;
    return this.#attempts.get(jobId)?.isTold === false;
  }

  /** Its end was told. */
  over(jobId: string): void {
    this.leave(jobId);
    const ended = this.#attempts.get(jobId);
    if (ended !== undefined) ended.isTold = true;
  }

  isAtWork(jobId: string): boolean {
    return this.#attempts.has(jobId);
  }

  whyWaiting(jobId: string): WaitReason | null {
    const job = this.#lines.get(jobId);
    if (job === undefined) return null;
    const { store, clock, holds } = this.#options;
    const delayMs = this.#delays.leftMs(jobId);
    if (delayMs !== undefined) {
      return { kind: 'delay', text: `not before ${isoFromMs(clock.nowMs() + delayMs)}` };
    }
    if (store.wedged !== null) {
      return { kind: 'store', text: `nothing is started now: ${store.wedged.cause.message}` };
    }
    return holds.of(job.instance) ?? whyWaiting(job, this.#house, clock.nowMs());
  }

  stats() {
    return {
      lanes: { inUse: this.#floor.size, total: this.#options.lanes },
      waiting: this.#lines.size - this.#delays.size,
      delayed: this.#delays.size,
    };
  }

  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
      this.#tellIdle();
    });
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStarted = false;
    for (const stopListening of this.#stopListening) stopListening();
    this.#options.admission?.want([], 0);
    this.#delays.stop();
    clearTimeout(this.#again);
    const attempts = [...this.#attempts.values()].map(({ attempt }) => attempt);
    const callOff = afterMs(graceMs, () => {
      for (const attempt of attempts) attempt.abandon();
    });
    await Promise.all(attempts.map(({ ended }) => ended));
    callOff();
    this.#tellIdle();
  }

  #wait(job: Waiting, delayMs: number): void {
    this.#lines.add(job, delayMs > 0);
    if (delayMs > 0) this.#delays.plan(job.jobId, delayMs);
  }

  /** False when the job could not even be read; it keeps its place, and is tried again later. */
  #tryBegin(job: Waiting, accepted: readonly AcceptedJob[]): boolean {
    try {
      this.#begin(job, accepted);
      return true;
    } catch (error) {
      this.#options.subscribers.unreadable(job.jobId, messageOf(error));
      this.#lookAgainIn(defaults.storeCheckMs);
      return false;
    }
  }

  #begin(job: Waiting, accepted: readonly AcceptedJob[]): void {
    failPoint('dispatch.before-start');
    const given = accepted.find(({ jobId }) => jobId === job.jobId)?.json;
    const row =
      given === undefined
        ? this.#options.store.reader.job(job.jobId)
        : (JSON.parse(given) as JobRow);
    invariant(row !== null, `${job.jobId} stands in line, so it is on disk`);
    this.leave(job.jobId);
    const { instance } = job;
    const { admission } = this.#options;
    const refusal = admission?.refusal(instance) ?? null;
    const seat = refusal === null ? (admission?.entered(instance) ?? null) : null;
    const attempt = new Attempt(row, this.#options, { refusal, seat });
    this.#attempts.set(job.jobId, { job, attempt, isTold: false });
    const holder = {
      jobId: job.jobId,
      nodeId: row.nodeId,
      sinceMs: this.#options.clock.nowMs(),
    };
    this.#floor.enter(instance, holder);
    const onAnswered = (end: { ranOutOfMemory: boolean }) => {
      this.#floor.leave(instance, holder);
      if (refusal === null) admission?.left(instance, end);
      this.dispatch();
    };
    void attempt.run(onAnswered).finally(() => {
      // By now there may be another attempt at the same job.
      if (this.#attempts.get(job.jobId)?.attempt === attempt) this.#attempts.delete(job.jobId);
      this.#tellIdle();
    });
  }

  /** Who waits for room on the machine. */
  #tellWanted(): void {
    const { admission, store, lanes } = this.#options;
    if (admission === undefined || !this.#isStarted || store.wedged !== null) return;
    admission.want(heldUp(this.#house), Math.max(0, lanes - this.#floor.size));
  }

  /** When the first of the held lines lets go by itself. */
  #soonestRelease(): number | undefined {
    let soonest: number | undefined;
    for (const instance of this.#lines.byInstance.keys()) {
      const forMs = this.#options.holds.of(instance)?.forMs;
      if (forMs !== undefined) soonest = Math.min(soonest ?? forMs, forMs);
    }
    return soonest;
  }

  #lookAgainIn(ms: number | undefined): void {
    if (ms === undefined) return;
    this.#again ??= setTimeout(
      () => {
        this.#again = undefined;
        this.dispatch();
      },
      Math.min(ms, defaults.timerMost),
    ).unref();
  }

  #tellIdle(): void {
    if (this.#idleWaiters.length === 0) return;
    if (this.#attempts.size > 0 || (this.#isStarted && this.#somethingWillStart())) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  #somethingWillStart(): boolean {
    if (this.#delays.size > 0) return true;
    for (const instance of this.#lines.byInstance.keys()) {
      if (!this.#options.holds.isDisabled(instance)) return true;
    }
    return false;
  }
}
