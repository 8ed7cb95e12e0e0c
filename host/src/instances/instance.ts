import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '@capstan/protocol';
import { canonicalHash, type InstalledCapability } from '../capabilities/index.ts';
import { isoFromMs } from '../clock.ts';
import { HostError, messageOf } from '../errors.ts';
import { killAtOnce, type StopBudget, type LiveWorker } from '../workers/index.ts';
import { endedBy } from './call.ts';
import { mayStart } from './crash-loop.ts';
import { driftOf } from './drift.ts';
import { launch } from './launch.ts';
import type { JobsByCall } from './output.ts';
import type { Surroundings } from './surroundings.ts';
import type { InstanceState, InstanceView } from './view.ts';

type OnPhase = (text: string) => void;

/**
 * A capability with its configuration, and the worker behind it when there is one.
 *
 *     stopped ──first call──▶ starting ──initialized──▶ ready ──idle, or told to──▶ stopping ──▶ stopped
 *        ▲                       │                        │
 *        └───────failed──────────┴─────────died───────────┘
 *
 * Callers that arrive while it starts share that start. One that arrives while it stops, or just after it
 * died, waits until its whole tree is gone, so that two workers of one capability never hold the same memory.
 */
export class Instance {
  #capability: InstalledCapability;
  readonly #around: Surroundings;
  readonly #jobs: JobsByCall;
  readonly #failures: { atMs: number; reason: string }[] = [];
  readonly #phaseListeners = new Set<OnPhase>();
  #worker: LiveWorker | null = null;
  #start: { done: Promise<LiveWorker>; abandon: AbortController } | null = null;
  #stopping: Promise<unknown> | null = null;
  /** Its worker gets no more calls, and is killed when those inside have ended. */
  #isCondemned = false;
  #callsWaiting = 0;
  #callsInside = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(capability: InstalledCapability, around: Surroundings, jobs: JobsByCall) {
    this.#capability = capability;
    this.#around = around;
    this.#jobs = jobs;
  }

  /**
   * A ready worker, started if need be. Every `acquire` that resolves is followed by a `release`. Throws why
   * it could not be started, or CANCELLED when `signal` aborts first; the start itself goes on then, for
   * others may want it.
   */
  async acquire(signal: AbortSignal, onPhase: OnPhase): Promise<LiveWorker> {
    this.#callsWaiting += 1;
    clearTimeout(this.#idleTimer);
    this.#phaseListeners.add(onPhase);
    try {
      const worker = this.#usableWorker() ?? (await this.#started(signal));
      this.#callsInside += 1;
      return worker;
    } finally {
      this.#phaseListeners.delete(onPhase);
      this.#callsWaiting -= 1;
      this.#endWhenIdle();
    }
  }

  release(): void {
    this.#callsInside -= 1;
    if (this.#isCondemned && this.#callsInside === 0) void this.#worker?.stop(killAtOnce);
    else this.#endWhenIdle();
  }

  /**
   * Gets rid of the worker of a call, which is not to be trusted any more, and of what that call may still do.
   * Other calls in it have done no harm: it lives until they have ended. The next call starts another.
   */
  async discard(worker: LiveWorker): Promise<void> {
    const isShared = worker === this.#worker && this.#callsInside > 1;
    if (isShared) this.#isCondemned = true;
    else await worker.stop(killAtOnce);
  }

  /** Ends the worker, or the attempt to start one, and resolves when its tree is gone. */
  async stop(budget: Partial<StopBudget> = {}): Promise<void> {
    clearTimeout(this.#idleTimer);
    this.#start?.abandon.abort();
    await this.#start?.done.catch(() => {});
    if (this.#worker === null) return;
    const stopping = this.#worker.stop(budget);
    this.#stopping = stopping;
    await stopping;
    if (this.#stopping === stopping) this.#stopping = null;
  }

  view(): InstanceView {
    const verdict = this.#verdict();
    return {
      instance: this.#capability.name,
      capability: this.#capability.name,
      kind: 'default',
      enabled: true,
      configHash: canonicalHash(this.#capability.config),
      drift: [],
      tasks: Object.keys(this.#capability.tasks),
      slots: this.#capability.slots,
      state: this.#state(),
      session: this.#worker?.session ?? null,
      pid: this.#worker?.pid ?? null,
      callsInFlight: this.#callsInside + this.#callsWaiting,
      refused:
        verdict.kind === 'allowed'
          ? null
          : { until: this.#isoIn(verdict.forMs), reason: this.#failures.at(-1)?.reason ?? '' },
    };
  }

  /** Why it is not started again for a while; null when it may be. */
  refusal(): { reason: string; forMs: number } | null {
    const verdict = this.#verdict();
    if (verdict.kind === 'allowed' || this.#usableWorker() !== null) return null;
    const last = this.#failures.at(-1)?.reason.split('\n', 1)[0] ?? '';
    const reason = `\`${this.#capability.name}\` failed to start again and again, and is not tried again before ${this.#isoIn(verdict.forMs)}: ${last}`;
    return { reason, forMs: verdict.forMs };
  }

  /** What is declared or installed has changed: the next call gets a worker of the new kind. */
  become(capability: InstalledCapability): void {
    const needsNoOther = isSame(capability, this.#capability);
    this.#capability = capability;
    if (needsNoOther) return;
    this.#failures.length = 0;
    if (this.#worker === null) return;
    // Before its end has begun, too: the call that brought this news is the next to ask for a worker.
    this.#isCondemned = true;
    if (this.#callsInside === 0) void this.stop();
  }

  #state(): InstanceState {
    if (this.#stopping !== null) return 'stopping';
    if (this.#start !== null) return 'starting';
    return this.#worker === null ? 'stopped' : 'ready';
  }

  #usableWorker(): LiveWorker | null {
    const isUsable = this.#worker?.isAlive === true && this.#stopping === null;
    return isUsable && !this.#isCondemned ? this.#worker : null;
  }

  #started(signal: AbortSignal): Promise<LiveWorker> {
    this.#start ??= this.#begin();
    return unlessAborted(this.#start.done, signal);
  }

  #begin() {
    const abandon = new AbortController();
    const done = this.#bringUp(abandon.signal).finally(() => {
      this.#start = null;
      this.#endWhenIdle();
    });
    return { done, abandon };
  }

  async #bringUp(signal: AbortSignal): Promise<LiveWorker> {
    if (this.#isCondemned) this.#tellPhase('waiting for the end of a worker that will be replaced');
    await this.#stopping;
    await this.#worker?.exited;
    this.#refuseIfLooping();
    const capability = this.#capability;
    try {
      const worker = await launch({
        capability,
        around: this.#around,
        jobs: this.#jobs,
        signal,
        onPhase: (text) => this.#tellPhase(text),
        tell: (eventType, session, payload) => this.#tell(eventType, session, payload),
      });
      this.#failures.length = 0;
      this.#adopt(worker);
      // It changed while this one was starting: those who wait for it get it, the next get another.
      if (!isSame(capability, this.#capability)) this.#isCondemned = true;
      return worker;
    } catch (error) {
      if (!signal.aborted) {
        this.#failures.push({ atMs: this.#around.clock.monotonicMs(), reason: messageOf(error) });
      }
      throw error;
    }
  }

  #adopt(worker: LiveWorker): void {
    this.#worker = worker;
    this.#isCondemned = false;
    void this.#tellDrift(worker);
    void this.#tellEnd(worker);
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idleTimer);
    if (this.#callsInside + this.#callsWaiting > 0 || this.#worker === null) return;
    this.#idleTimer = setTimeout(() => void this.stop(), this.#capability.idleMs).unref();
  }

  async #tellDrift(worker: LiveWorker): Promise<void> {
    const parts = await driftOf(worker, this.#capability.manifest);
    if (parts.length === 0) return;
    const hint = `The code differs from its manifest. Run: capstan install ${this.#capability.name}`;
    this.#tell('capability_drifted', worker.session, { parts, hint });
  }

  /** Whenever and why ever a worker ends, it is told at once and not only when somebody calls next. */
  async #tellEnd(worker: LiveWorker): Promise<void> {
    const { code, signal, message, survivors } = await worker.exited;
    const duringCall = this.#callsInside > 0 || this.#isCondemned ? 'call' : 'idle';
    const phase = this.#stopping === null ? duringCall : 'stop';
    if (this.#worker === worker) this.#worker = null;
    const unkilled = survivors.length === 0 ? {} : { survivors };
    this.#tell('worker_died', worker.session, { phase, code, signal, message, ...unkilled });
  }

  #verdict() {
    const failedAt = this.#failures.map(({ atMs }) => atMs);
    return mayStart(failedAt, this.#around.clock.monotonicMs());
  }

  #isoIn(ms: number): string {
    return isoFromMs(this.#around.clock.nowMs() + ms);
  }

  #refuseIfLooping(): void {
    const verdict = this.#verdict();
    if (verdict.kind === 'allowed') return;
    const { name } = this.#capability;
    const until = this.#isoIn(verdict.forMs);
    throw new HostError(
      'WORKER_START_FAILED',
      `${name} failed to start again and again, and is not tried again before ${until}. The last time:\n${this.#failures.at(-1)?.reason}`,
      { details: { capability: name, reason: 'crash-loop', until } },
    );
  }

  #tellPhase(text: string): void {
    for (const listener of this.#phaseListeners) listener(text);
  }

  #tell(eventType: string, session: string, payload: JsonObject): void {
    const { name, config } = this.#capability;
    const configHash = canonicalHash(config);
    this.#around.onEvent({ eventType, capability: name, session, configHash, payload });
  }
}

/** What a worker is started with, and would have to be started anew for. */
function isSame(a: InstalledCapability, b: InstalledCapability): boolean {
  if (a === b) return true;
  const ofWorker = ({ manifest, ...capability }: InstalledCapability) => {
    const { command, cwd, env, module, config, adapters } = capability;
    const { environment, source, sdk } = manifest.capstan ?? {};
    return {
      command,
      cwd,
      env,
      module,
      class: capability.class,
      config,
      adapters,
      environment,
      source,
      sdk,
    };
  };
  return isDeepStrictEqual(ofWorker(a), ofWorker(b));
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(endedBy(signal));
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  const first = Promise.race([promise, aborted.promise]);
  return first.finally(() => signal.removeEventListener('abort', abort));
}
