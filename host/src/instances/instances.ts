import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileValue, filesIn, type JsonObject } from '@capstan/protocol';
import { afterMs, isoFromMs } from '../clock.ts';
import { defaults } from '../defaults.ts';
import { HostError } from '../errors.ts';
import type { AttemptContext } from '../queue/index.ts';
import type { AttemptOutcome, JobRow } from '../stores/index.ts';
import type { StopBudget, LiveWorker } from '../workers/index.ts';
import { type BoundedOutcome, callBounded, endedOutcome, type JobInCall, tooLate } from './call.ts';
import { CallListener } from './call-listener.ts';
import { Instance } from './instance.ts';
import { collectOutputs } from './outputs.ts';
import type {
  ConfigChange,
  ConfigReport,
  LoadRequest,
  LoadResult,
  ManyOptions,
  PhaseOptions,
  PrefetchReport,
  ReloadOptions,
  UnloadOptions,
  UnloadResult,
} from './requests.ts';
import { Sampler } from './sampler.ts';
import type { Surroundings } from './surroundings.ts';
import type { InstanceView } from './view.ts';

/** All instances of a host: started at first use, kept warm, ended when idle. */
export class Instances {
  readonly #around: Surroundings;
  readonly #instances = new Map<string, Instance>();
  readonly #jobs = new Map<string, JobInCall>();
  readonly #sampler = new Sampler();
  readonly #removals = new Set<Promise<void>>();
  #isStopped = false;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Carries out one attempt at a job. Whatever goes wrong is an outcome. */
  readonly execute = ({ input, result: _, ...job }: JobRow, attempt: AttemptContext) =>
    this.#execute({ job, attempt, kwargs: input, given: filesIn(input) });

  async #execute(order: Order): Promise<AttemptOutcome> {
    const { job, attempt } = order;
    const startedMs = this.#around.clock.monotonicMs();
    this.#jobs.set(attempt.callId, job);
    try {
      const instance = this.#instanceOf(job.capability);
      return await this.#call(instance, order, startedMs);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const kind = error.category === 'cancelled' ? 'cancelled' : 'failed';
      return { kind, error: error.toWire(isoFromMs(this.#around.clock.nowMs())) };
    } finally {
      this.#jobs.delete(attempt.callId);
    }
  }

  /** Why a capability is not started for a while, and for how long; null when it may be. */
  refusalOf(name: string): { reason: string; forMs: number } | null {
    return this.#instances.get(name)?.refusal() ?? null;
  }

  list(): InstanceView[] {
    return Array.from(this.#instances.values(), (instance) => instance.view());
  }

  load(_request: LoadRequest, _options: PhaseOptions): Promise<InstanceView> {
    return Promise.reject(notYet());
  }

  loadAll(_requests: readonly LoadRequest[], _options: ManyOptions): Promise<LoadResult[]> {
    return Promise.reject(notYet());
  }

  unload(_id: string, _options: UnloadOptions): Promise<void> {
    return Promise.reject(notYet());
  }

  unloadAll(_ids: readonly string[], _options: ManyOptions): Promise<UnloadResult[]> {
    return Promise.reject(notYet());
  }

  reload(_id: string, _options: ReloadOptions): Promise<InstanceView> {
    return Promise.reject(notYet());
  }

  configure(_id: string, _change: ConfigChange, _options: PhaseOptions): Promise<ConfigReport> {
    return Promise.reject(notYet());
  }

  config(_id: string): Promise<ConfigReport> {
    return Promise.reject(notYet());
  }

  configOptions(_id: string, _options: { start?: boolean }): Promise<JsonObject> {
    return Promise.reject(notYet());
  }

  prefetch(_id: string, _options: PhaseOptions): Promise<PrefetchReport> {
    return Promise.reject(notYet());
  }

  setEnv(
    _id: string,
    _env: { [name: string]: string | null },
    _actor?: string,
  ): Promise<{ env: { [name: string]: string } }> {
    return Promise.reject(notYet());
  }

  secretsChanged(_capability: string): Promise<void> {
    return Promise.reject(notYet());
  }

  /** Ends every worker, all at once, and refuses to start others. */
  async stopAll(budget: Partial<StopBudget> = {}): Promise<void> {
    this.#isStopped = true;
    await Promise.all(Array.from(this.#instances.values(), (instance) => instance.stop(budget)));
    await Promise.all(this.#removals);
  }

  #instanceOf(name: string): Instance {
    if (this.#isStopped) throw new HostError('CANCELLED', 'the host is stopping');
    const capability = this.#around.capabilityOf(name);
    const known = this.#instances.get(name);
    if (known !== undefined) {
      known.become(capability);
      return known;
    }
    const instance = new Instance(capability, this.#around, this.#jobs);
    this.#instances.set(name, instance);
    return instance;
  }

  async #call(instance: Instance, order: Order, startedMs: number): Promise<AttemptOutcome> {
    const { job, attempt } = order;
    const worker = await acquireInTime(instance, job, attempt);
    if (worker === null) return { kind: 'failed', error: tooLate(job) };
    try {
      const deadlineMs = this.#timeLeft(job, startedMs);
      if (deadlineMs !== undefined && deadlineMs <= 0)
        return { kind: 'failed', error: tooLate(job) };
      attempt.onSession(worker.session, worker.pid);
      this.#sampler.begin(attempt, worker.pid);
      const listener = this.#listenerOf(worker, order);
      const outcome = await this.#callWithin(worker, order, deadlineMs, listener);
      this.#sampler.end(attempt);
      const concluded = await this.#conclude(instance, worker, order, outcome);
      return listener.withAll(concluded, this.#around.clock.nowMs());
    } finally {
      this.#sampler.end(attempt);
      instance.release();
      this.#removeCallDir(attempt.callId);
    }
  }

  async #callWithin(
    worker: LiveWorker,
    order: Order,
    deadlineMs: number | undefined,
    { onFrame, onChunk }: CallListener,
  ): Promise<BoundedOutcome> {
    const { job, attempt, kwargs } = order;
    const { callId, signal } = attempt;
    const graceMs = this.#around.cancelGraceMs ?? defaults.cancelGraceMs;
    const heard = { onFrame, onChunk };
    const call = callBounded(worker, {
      job,
      kwargs,
      callId,
      deadlineMs,
      signal,
      graceMs,
      ...heard,
    });
    // The request is written; from here on what was given is the worker's.
    order.kwargs = {};
    return call;
  }

  #listenerOf(worker: LiveWorker, { attempt, given }: Order): CallListener {
    const { callId } = attempt;
    const { artifactsDir } = this.#around.paths;
    const folders = { callDir: this.#callDir(callId), artifactsDir };
    return new CallListener({
      attempt,
      keep: (value) => (filesIn(value).length === 0 ? null : collectOutputs(value, given, folders)),
      giveUp: (why) => void worker.cancel(callId, why),
    });
  }

  async #conclude(
    instance: Instance,
    worker: LiveWorker,
    { job, attempt, given }: Order,
    outcome: BoundedOutcome,
  ): Promise<AttemptOutcome> {
    const { session } = worker;
    if (outcome.kind === 'overdue') attempt.onForce();
    // Nothing is known about the state of a worker that lost a call or ignored its cancel.
    if (outcome.kind === 'lost' || outcome.kind === 'overdue') await instance.discard(worker);
    if (attempt.signal.aborted) return endedOutcome(job, attempt.signal, session);
    if (outcome.kind !== 'result') {
      const { error } = outcome;
      return { kind: error.category === 'cancelled' ? 'cancelled' : 'failed', error, session };
    }
    const { artifactsDir } = this.#around.paths;
    const folders = { callDir: this.#callDir(attempt.callId), artifactsDir };
    const { result, artifacts } = await collectOutputs(outcome.value, given, folders);
    return { kind: 'completed', result, artifacts, session };
  }

  /** The deadline counts from the start of the attempt, the start of a worker included. */
  #timeLeft({ deadlineMs }: JobInCall, startedMs: number): number | undefined {
    if (deadlineMs === null) return undefined;
    return deadlineMs - (this.#around.clock.monotonicMs() - startedMs);
  }

  #callDir(callId: string): string {
    return join(this.#around.paths.callsDir, callId);
  }

  /**
   * Nobody waits for this; only the end of the host does. Most calls write no files and have no folder, and
   * looking costs microseconds where a removal makes its way through the thread pool.
   */
  #removeCallDir(callId: string): void {
    const folder = this.#callDir(callId);
    if (!existsSync(folder)) return;
    const removal = rm(folder, { recursive: true, force: true })
      .catch(() => {}) // what cannot be removed now is removed with all others at the next start
      .finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }
}

const notYet = () => new HostError('NOT_SUPPORTED', 'not there yet');

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
): Promise<LiveWorker | null> {
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
