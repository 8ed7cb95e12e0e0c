import type { HostError } from '../errors.ts';
import type { StopBudget } from '../workers/index.ts';
import { examine, hasSameRecords } from './examine.ts';
import { FailedStarts } from './failed-starts.ts';
import { Hooks } from './hooks.ts';
import { launch } from './launch.ts';
import type { JobsByCall } from './output.ts';
import { isSame, type Setup } from './setup.ts';
import type { Surroundings } from './surroundings.ts';
import type { Tenure } from './tenure.ts';
import { type Closure, Traffic } from './traffic.ts';
import { unlessAborted } from './unless-aborted.ts';
import type { InstanceState, InstanceView } from './view.ts';
import { tell, tellEnd, warn } from './voice.ts';

export type OnPhase = (text: string) => void;

interface Start {
  done: Promise<Tenure>;
  abandon: AbortController;
}

/**
 * A capability with its configuration, and the worker behind it when there is one.
 *
 *     stopped ──first call, load──▶ starting ──initialized──▶ ready ──idle, or told to──▶ stopping ──▶ stopped
 *        ▲                             │                       │ ▲
 *        ├────────────failed───────────┘                       ▼ │
 *        └─────────────died────────────────────── reconfiguring, reloading
 *
 * Callers that arrive while it starts share that start. One that arrives while it stops, or just after it
 * died, waits until its whole tree is gone, so that two workers of one instance never hold the same memory;
 * only a reload wants two, and is asked for. While it is reconfigured its gate is closed: the calls inside end
 * first, others wait in front.
 */
export class Instance {
  readonly id: string;
  readonly #around: Surroundings;
  readonly #jobs: JobsByCall;
  readonly #traffic = new Traffic();
  readonly #hooks: Hooks;
  readonly #failures: FailedStarts;
  readonly #phaseListeners = new Set<OnPhase>();
  #setup: Setup;
  #current: Tenure | null = null;
  /** Replaced, but with calls inside. */
  readonly #leaving = new Set<Tenure>();
  #start: Start | null = null;
  #replacing: Start | null = null;
  #operating = 0;
  #closed: HostError | null = null;
  #idleTimer: NodeJS.Timeout | undefined;
  #idleSinceMs = 0;

  constructor(setup: Setup, around: Surroundings, jobs: JobsByCall) {
    this.id = setup.id;
    this.#setup = setup;
    this.#around = around;
    this.#jobs = jobs;
    this.#failures = new FailedStarts(setup.id, around.clock);
    this.#hooks = new Hooks({
      traffic: this.#traffic,
      worker: () => this.tenure?.worker ?? null,
      warn: (message) => warn(around, this.#setup, this.#current?.worker.session, message),
    });
  }

  /** What its next worker is started with, and its present one, unless that is to be replaced. */
  get setup(): Setup {
    return this.#setup;
  }

  /** The worker that takes its calls, if there is one. */
  get tenure(): Tenure | null {
    return this.#current?.takesCalls === true ? this.#current : null;
  }

  /**
   * A ready worker, started if need be. Every `acquire` that resolves is followed by a `release`. Throws why
   * it could not be started, or CANCELLED when `signal` aborts first; the start itself goes on then, for
   * others may want it.
   */
  async acquire(signal: AbortSignal, onPhase: OnPhase): Promise<Tenure> {
    clearTimeout(this.#idleTimer);
    this.#phaseListeners.add(onPhase);
    try {
      return await this.#traffic.enter(() => this.tenure ?? this.#started(signal), {
        signal,
        onPhase,
        inside: (tenure) => tenure.enter(),
      });
    } finally {
      this.#phaseListeners.delete(onPhase);
      this.#settle();
    }
  }

  release(tenure: Tenure): void {
    this.#traffic.leave();
    tenure.leave();
    this.#settle();
  }

  /**
   * Gets rid of the worker of a call, which is not to be trusted any more, and of what that call may still do.
   * Other calls in it have done no harm: it lives until they have ended. The next call starts another.
   */
  discard(tenure: Tenure): Promise<void> {
    return tenure.condemn();
  }

  /** While something is done to it, what is declared meanwhile has to wait. */
  async operate<T>(work: () => Promise<T>): Promise<T> {
    this.#operating += 1;
    try {
      return await work();
    } finally {
      this.#operating -= 1;
    }
  }

  /** Lets no call in, waits until those inside have ended, and does something with the worker, if there is one. */
  async inQuiet<T>(
    closure: Closure,
    signal: AbortSignal | undefined,
    work: (tenure: Tenure | null) => Promise<T>,
  ): Promise<T> {
    clearTimeout(this.#idleTimer);
    try {
      return await this.#traffic.inQuiet(closure, signal, async () => {
        // Begun by a call that does not wait for it any more.
        await this.#start?.done.catch(() => {});
        return work(this.tenure);
      });
    } finally {
      this.#settle();
    }
  }

  /**
   * Starts it with this setup: as `acquire`, but for nobody's call. Where it is up, or coming up already, that
   * is the answer, whatever it was started with. A start that fails leaves it as it was; one that nobody waits
   * for when `signal` aborts is given up. Whoever asks for it is not refused for earlier failures.
   */
  async bringUp(
    setup: Setup,
    signal: AbortSignal | undefined,
    onPhase: OnPhase,
    phase: 'load' | 'reload' = 'load',
  ): Promise<Tenure> {
    await this.startsSettled(signal);
    if (this.tenure !== null) return this.tenure;
    const before = this.#setup;
    this.#setup = setup;
    this.#phaseListeners.add(onPhase);
    const start = (this.#start = this.#begin({ phase, isForced: true }));
    try {
      return await unlessAborted(start.done, signal);
    } catch (error) {
      if (signal?.aborted === true && this.#traffic.waiting === 0) {
        start.abandon.abort();
        await start.done.catch(() => {});
      }
      if (this.#setup === setup) this.#setup = before;
      throw error;
    } finally {
      this.#phaseListeners.delete(onPhase);
      this.#settle();
    }
  }

  /**
   * Puts a worker of this setup in the place of the one it has. That one serves until the new one is ready, and
   * goes on when there will be none: this throws why. Resolves when the old one is gone, unless calls keep it.
   */
  async replace(setup: Setup, signal: AbortSignal | undefined, onPhase: OnPhase): Promise<Tenure> {
    const abandon = new AbortController();
    const signals = signal === undefined ? [abandon.signal] : [abandon.signal, signal];
    const done = this.#launch(setup, 'reload', AbortSignal.any(signals), onPhase);
    this.#replacing = { done, abandon };
    try {
      const tenure = await done;
      const before = this.#current;
      this.#setup = setup;
      this.#adopt(tenure);
      if (before !== null) await this.#letGo(before);
      return tenure;
    } finally {
      this.#replacing = null;
      this.#settle();
    }
  }

  /** What its worker was told, or need not know, counts from now on. */
  adjust(setup: Setup): void {
    this.#setup = setup;
    const { tenure } = this;
    if (tenure !== null) {
      const isRecordedAnew = !hasSameRecords(tenure.setup, setup);
      tenure.setup = setup;
      if (isRecordedAnew) this.#examine(tenure);
    }
    this.#settle();
  }

  /** What is declared or installed has changed: the next call gets a worker of the new kind. */
  become(setup: Setup): void {
    // What is being done to it right now has its own idea of what it is to be.
    if (setup !== this.#setup && this.#operating === 0) this.give(setup);
  }

  /** As `become`, also while something is done to it. */
  give(setup: Setup): void {
    if (isSame(this.#setup, setup)) {
      this.adjust(setup);
      return;
    }
    this.#setup = setup;
    this.#failures.clear();
    if (this.#current !== null) void this.#current.retire();
  }

  /** It has a worker, or one is on its way. */
  get isUp(): boolean {
    return this.tenure !== null || this.#start !== null;
  }

  get isStarting(): boolean {
    return this.#start !== null;
  }

  get callsInFlight(): number {
    return this.#traffic.all;
  }

  /** It has a worker with nothing to do, and nobody is doing anything to it. */
  get isIdle(): boolean {
    const isFree = this.#start === null && this.#replacing === null && this.#operating === 0;
    return isFree && this.tenure !== null && this.#traffic.all === 0 && !this.#isClosed;
  }

  /** So long it has been idle; null where it is not. */
  get idleForMs(): number | null {
    return this.isIdle ? this.#around.clock.monotonicMs() - this.#idleSinceMs : null;
  }

  get #isClosed(): boolean {
    return this.#traffic.closure !== null;
  }

  /** Resolves when no start is under way, however it ended. */
  async startsSettled(signal: AbortSignal | undefined): Promise<void> {
    while (this.#start !== null) {
      // oxlint-disable-next-line no-await-in-loop -- a call may begin another one, when this one fails
      await unlessAborted(
        this.#start.done.catch(() => {}),
        signal,
      );
    }
  }

  /** Gives up a start that is under way. */
  abandonStart(): void {
    this.#start?.abandon.abort();
    this.#replacing?.abandon.abort();
  }

  /** Ends its workers, or the attempt to start one, and resolves when their trees are gone. */
  async stop(budget: Partial<StopBudget> = {}): Promise<void> {
    clearTimeout(this.#idleTimer);
    this.abandonStart();
    await Promise.allSettled([this.#start?.done, this.#replacing?.done]);
    const tenures = [...this.#leaving, ...(this.#current === null ? [] : [this.#current])];
    await Promise.all(tenures.map((tenure) => tenure.stop(budget)));
  }

  /** Ends its workers for good: what waits for one, or for its turn, hears why there will be none. */
  async close(why: HostError, budget: Partial<StopBudget> = {}): Promise<void> {
    this.#closed = why;
    await this.stop(budget);
  }

  /** It was enabled or disabled. Resolves when its worker has been told, or will be when its calls have ended. */
  enabledChanged(isEnabled: boolean): Promise<void> {
    return this.#hooks.enabledChanged(isEnabled);
  }

  view(enabled: boolean): InstanceView {
    const { id, kind, capability, slots } = this.#setup;
    const { worker, drift, notices, setup } = this.#current ?? {};
    const refusal = this.#failures.refusal();
    return {
      instance: id,
      capability: capability.name,
      kind,
      state: this.#state(),
      session: worker?.session ?? null,
      pid: worker?.pid ?? null,
      callsInFlight: this.#traffic.all,
      enabled,
      configHash: (setup ?? this.#setup).configHash,
      drift: drift?.parts ?? [],
      notices: notices ?? [],
      tasks: Object.keys(capability.tasks),
      slots,
      refused: refusal === null ? null : { until: refusal.until, reason: refusal.reason },
    };
  }

  /** Why it is not started again for a while; null when it may be. */
  refusal(): { reason: string; forMs: number } | null {
    const refusal = this.#failures.refusal();
    if (refusal === null || this.tenure !== null) return null;
    const last = refusal.reason.split('\n', 1)[0] ?? '';
    const reason = `\`${this.id}\` failed to start again and again, and is not tried again before ${refusal.until}: ${last}`;
    return { reason, forMs: refusal.forMs };
  }

  #state(): InstanceState {
    if (this.#current?.isStopping === true) return 'stopping';
    if (this.#start !== null) return 'starting';
    if (this.#current === null) return 'stopped';
    if (this.#replacing !== null) return 'reloading';
    return this.#traffic.closure?.state ?? 'ready';
  }

  async #started(signal: AbortSignal): Promise<Tenure> {
    if (this.#replacing !== null) {
      // Its worker died while another one was on its way to take its place.
      const replacement = this.#replacing.done.catch(() => null);
      const tenure = await unlessAborted(replacement, signal);
      if (tenure !== null) return tenure;
    }
    this.#start ??= this.#begin({ phase: 'load', isForced: false });
    return unlessAborted(this.#start.done, signal);
  }

  #begin(how: { phase: 'load' | 'reload'; isForced: boolean }): Start {
    const abandon = new AbortController();
    const done = this.#bringUp(abandon.signal, how).finally(() => {
      this.#start = null;
      this.#settle();
    });
    return { done, abandon };
  }

  async #bringUp(
    signal: AbortSignal,
    { phase, isForced }: { phase: 'load' | 'reload'; isForced: boolean },
  ): Promise<Tenure> {
    if (this.#current !== null) await this.#endOf(this.#current);
    const setup = this.#setup;
    if (!isForced) this.#failures.refuse(setup.capability.name);
    try {
      const onPhase = (text: string) => this.#tellPhase(text);
      const tenure = await this.#launch(setup, phase, signal, onPhase);
      this.#failures.clear();
      this.#adopt(tenure);
      // It changed while this one was starting: those who wait for it get it, the next get another.
      if (!isSame(setup, this.#setup)) tenure.takeNoMore();
      return tenure;
    } catch (error) {
      if (!signal.aborted) this.#failures.add(error);
      throw error;
    }
  }

  /** The one before may still be there: on its way out, or with calls that keep it. */
  async #endOf(before: Tenure): Promise<void> {
    if (before.calls > 0) {
      this.#tellPhase('waiting for the end of a worker that will be replaced');
    }
    await before.worker.exited;
  }

  async #launch(
    setup: Setup,
    phase: 'load' | 'reload',
    signal: AbortSignal,
    onPhase: OnPhase,
  ): Promise<Tenure> {
    if (this.#closed !== null) throw this.#closed;
    return launch({ setup, phase, around: this.#around, jobs: this.#jobs, signal, onPhase });
  }

  #adopt(tenure: Tenure): void {
    this.#current = tenure;
    this.#examine(tenure);
    void tellEnd(this.#around, tenure, () => {
      if (this.#current === tenure) this.#current = null;
    }).finally(() => this.#settle());
  }

  #examine(tenure: Tenure): void {
    const { setup, worker } = tenure;
    tenure.examined = examine(tenure, (eventType, payload) =>
      tell(this.#around, setup, eventType, worker.session, payload),
    );
  }

  async #letGo(tenure: Tenure): Promise<void> {
    this.#leaving.add(tenure);
    const gone = tenure.retire().finally(() => this.#leaving.delete(tenure));
    if (tenure.calls === 0) await gone;
  }

  /** After every change: whoever waits for quiet is told, and a worker that nobody needs ends in a while. */
  #settle(): void {
    clearTimeout(this.#idleTimer);
    this.#traffic.settle();
    const tenure = this.#current;
    const isBusy = this.#traffic.all > 0 || this.#traffic.closure !== null;
    if (tenure === null || isBusy || this.#start !== null || this.#replacing !== null) return;
    const inMs = tenure.takesCalls ? this.#setup.idleMs : 0;
    this.#idleSinceMs = this.#around.clock.monotonicMs();
    this.#idleTimer = setTimeout(() => void tenure.retire(), inMs).unref();
  }

  #tellPhase(text: string): void {
    for (const listener of this.#phaseListeners) listener(text);
  }
}
