import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileValue, filesIn, type JsonObject } from '@capstan/protocol';
import { afterMs, isoFromMs } from '../clock.ts';
import { defaults } from '../defaults.ts';
import { HostError } from '../errors.ts';
import type { AttemptContext } from '../queue/index.ts';
import type { AttemptOutcome, JobRow } from '../stores/index.ts';
import { type BoundedOutcome, callBounded, endedOutcome, type JobInCall, tooLate } from './call.ts';
import { CallListener } from './call-listener.ts';
import type { Instance } from './instance.ts';
import type { JobsByCall } from './output.ts';
import { collectOutputs } from './outputs.ts';
import { Sampler } from './sampler.ts';
import type { Surroundings } from './surroundings.ts';
import type { Tenure } from './tenure.ts';

/** Carries out attempts at jobs, each in a worker of the instance it is for. */
export class Execution {
  readonly #around: Surroundings;
  readonly #jobs = new Map<string, JobInCall>();
  /** What is seen of workers while calls run in them. */
  readonly sampler: Sampler;
  readonly #removals = new Set<Promise<void>>();

  constructor(around: Surroundings) {
    this.#around = around;
    this.sampler = new Sampler(around.monitor);
  }

  /** The job behind each call in flight. */
  get jobs(): JobsByCall {
    return this.#jobs;
  }

  /** One attempt at a job. Whatever goes wrong is an outcome. */
  async execute(
    { input, result: _, ...job }: JobRow,
    attempt: AttemptContext,
    instanceOf: (job: JobInCall) => Instance,
  ): Promise<AttemptOutcome> {
    const startedMs = this.#around.clock.monotonicMs();
    const order = { job, attempt, kwargs: input, given: filesIn(input) };
    this.#jobs.set(attempt.callId, job);
    try {
      return await this.#call(instanceOf(job), order, startedMs);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const kind = error.category === 'cancelled' ? 'cancelled' : 'failed';
      return { kind, error: error.toWire(isoFromMs(this.#around.clock.nowMs())) };
    } finally {
      this.#jobs.delete(attempt.callId);
    }
  }

  /** Resolves when nothing of what calls left behind is being removed any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#removals);
  }

  async #call(instance: Instance, order: Order, startedMs: number): Promise<AttemptOutcome> {
    const { job, attempt } = order;
    const tenure = await acquireInTime(instance, job, attempt);
    if (tenure === null) return { kind: 'failed', error: tooLate(job) };
    const { worker } = tenure;
    const { configHash } = tenure.setup;
    try {
      const deadlineMs = this.#timeLeft(job, startedMs);
      if (deadlineMs !== undefined && deadlineMs <= 0)
        return { kind: 'failed', error: tooLate(job) };
      attempt.onSession(worker.session, worker.pid);
      this.sampler.begin(attempt, worker);
      const calledMs = this.#around.clock.monotonicMs();
      const listener = this.#listenerOf(tenure, order);
      const outcome = await this.#callWithin(tenure, order, deadlineMs, listener);
      const durationMs = Math.round((this.#around.clock.monotonicMs() - calledMs) * 10) / 10;
      const resources = await this.sampler.end(attempt, howItEnded(outcome, attempt.signal));
      const concluded = await this.#conclude(instance, tenure, order, outcome);
      const heard = listener.withAll(concluded, this.#around.clock.nowMs());
      return {
        ...heard,
        configHash,
        durationMs,
        ...(resources === undefined ? {} : { resources }),
      };
    } finally {
      this.sampler.drop(attempt);
      instance.release(tenure);
      this.#removeCallDir(attempt.callId);
    }
  }

  async #callWithin(
    { worker }: Tenure,
    order: Order,
    deadlineMs: number | undefined,
    { onFrame, onChunk }: CallListener,
  ): Promise<BoundedOutcome> {
    const { job, attempt, kwargs } = order;
    const { callId, signal } = attempt;
    const graceMs = this.#around.cancelGraceMs ?? defaults.cancelGraceMs;
    const heard = { onFrame, onChunk };
    const bounds = { deadlineMs, signal, graceMs };
    const call = callBounded(worker, { job, kwargs, callId, ...bounds, ...heard });
    // The request is written; from here on what was given is the worker's.
    order.kwargs = {};
    return call;
  }

  #listenerOf({ worker }: Tenure, { attempt, given }: Order): CallListener {
    const { callId } = attempt;
    const folders = this.#folders(callId);
    return new CallListener({
      attempt,
      keep: (value) => (filesIn(value).length === 0 ? null : collectOutputs(value, given, folders)),
      giveUp: (why) => void worker.cancel(callId, why),
    });
  }

  async #conclude(
    instance: Instance,
    tenure: Tenure,
    { job, attempt, given }: Order,
    outcome: BoundedOutcome,
  ): Promise<AttemptOutcome> {
    const { session } = tenure.worker;
    if (outcome.kind === 'overdue') attempt.onForce();
    // Nothing is known about the state of a worker that lost a call or ignored its cancel.
    if (outcome.kind === 'lost' || outcome.kind === 'overdue') await instance.discard(tenure);
    if (attempt.signal.aborted) return endedOutcome(job, attempt.signal, session);
    if (outcome.kind !== 'result') {
      const { error } = outcome;
      return { kind: error.category === 'cancelled' ? 'cancelled' : 'failed', error, session };
    }
    const folders = this.#folders(attempt.callId);
    const { result, artifacts } = await collectOutputs(outcome.value, given, folders);
    return { kind: 'completed', result, artifacts, session };
  }

  /** The deadline counts from the start of the attempt, the start of a worker included. */
  #timeLeft({ deadlineMs }: JobInCall, startedMs: number): number | undefined {
    if (deadlineMs === null) return undefined;
    return deadlineMs - (this.#around.clock.monotonicMs() - startedMs);
  }

  #folders(callId: string): { callDir: string; artifactsDir: string } {
    const { callsDir, artifactsDir } = this.#around.paths;
    return { callDir: join(callsDir, callId), artifactsDir };
  }

  /**
   * Nobody waits for this; only the end of the host does. Most calls write no files and have no folder, and
   * looking costs microseconds where a removal makes its way through the thread pool.
   */
  #removeCallDir(callId: string): void {
    const { callDir } = this.#folders(callId);
    if (!existsSync(callDir)) return;
    const removal = rm(callDir, { recursive: true, force: true })
      .catch(() => {}) // what cannot be removed now is removed with all others at the next start
      .finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }
}

/** As far as it says what its worker used, and whether that worker is there to be looked at. */
function howItEnded(outcome: BoundedOutcome, signal: AbortSignal): 'completed' | 'failed' | 'lost' {
  if (outcome.kind === 'lost' || outcome.kind === 'overdue') return 'lost';
  return outcome.kind === 'result' && !signal.aborted ? 'completed' : 'failed';
}

/** One attempt at a job, as far as it is carried out here. */
interface Order {
  job: JobInCall;
  attempt: AttemptContext;
  /** Let go as soon as it is sent. */
  kwargs: JsonObject;
  /** The files among them. */
  given: readonly FileValue[];
}

/** Null when the job's deadline passes while the worker is still starting. */
async function acquireInTime(
  instance: Instance,
  { deadlineMs }: JobInCall,
  attempt: AttemptContext,
): Promise<Tenure | null> {
  const onPhase = (text: string) => attempt.onPhase(text);
  if (deadlineMs === null) return instance.acquire(attempt.signal, onPhase);
  const deadline = new AbortController();
  const callOff = afterMs(deadlineMs, () => deadline.abort());
  try {
    return await instance.acquire(AbortSignal.any([attempt.signal, deadline.signal]), onPhase);
  } catch (error) {
    if (deadline.signal.aborted && !attempt.signal.aborted) return null;
    throw error;
  } finally {
    callOff();
  }
}
