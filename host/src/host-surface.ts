import type { Json, JsonObject } from '@capstan/protocol';
import { Binding, call, type CallOptions } from './calls.ts';
import {
  type AnyComposition,
  asSource,
  type ResumeOptions,
  type RetryOptions,
  type RunReport,
  type Runs,
} from './compositions/index.ts';
import { type HostError, invariant } from './errors.ts';
import { failPoint } from './fail-points.ts';
import type {
  ConfigChange,
  ConfigReport,
  Instances,
  InstanceView,
  LoadRequest,
  LoadResult,
  ManyOptions,
  PhaseOptions,
  PrefetchReport,
  ReloadOptions,
  UnloadOptions,
  UnloadResult,
} from './instances/index.ts';
import { checkedSpecs, type JobRequest } from './job-requests.ts';
import type { Leases } from './lease-desk.ts';
import type { LiveCatalog } from './live-catalog.ts';
import { type MachineReport, machineReport } from './machine-report.ts';
import type { Monitor } from './resources/index.ts';
import type { WorkspaceSecrets } from './workspace-secrets.ts';
import {
  type HostEvent,
  type JobStream,
  type JobStreamOptions,
  type Queue,
  type StreamOptions,
  unknownJob,
} from './queue/index.ts';
import type {
  CancelJobDecision,
  CancelRunReport,
  HostInfo,
  JobFilter,
  JobRow,
  ProfileFilter,
  RecoveryReport,
  RunRetried,
  StateStore,
} from './stores/index.ts';

type HostEnvironment = { readonly [name: string]: string | undefined };

export interface HostParts {
  hostId: string;
  root: string;
  recovered: RecoveryReport;
  store: StateStore;
  queue: Queue;
  runs: Runs;
  catalog: LiveCatalog;
  instances: Instances;
  secrets: WorkspaceSecrets;
  monitor: Monitor;
  env: HostEnvironment;
  leases: Leases;
  announce: (control: NonNullable<HostInfo['control']>) => void;
  close: () => Promise<void>;
}

/** Where a pending job is to stand in line. */
export type Place = { priority: number } | { to: 'first' | 'last' };

/** What can be asked of the owner of a workspace, for as long as it is open. */
export class Host {
  readonly hostId: string;
  readonly root: string;
  /** What an earlier host left unfinished; it goes on unless dispatching is off. */
  readonly recovered: RecoveryReport;
  readonly #parts: HostParts;
  #closing: Promise<void> | null = null;

  constructor(parts: HostParts) {
    this.hostId = parts.hostId;
    this.root = parts.root;
    this.recovered = parts.recovered;
    this.#parts = parts;
  }

  /**
   * Accepts all of these jobs or none; they are on disk when this resolves. Throws CAPABILITY_NOT_FOUND,
   * CAPABILITY_NOT_INSTALLED, CAPABILITY_DISABLED, ACTION_NOT_FOUND, INPUT_INVALID with every problem at
   * once, IDEMPOTENCY_CONFLICT, PAYLOAD_TOO_LARGE, STORE_WEDGED.
   */
  async submit(requests: readonly JobRequest[]): Promise<JobRow[]> {
    const { catalog, queue } = this.#parts;
    await catalog.look();
    catalog.mustBeUsable(requests.map(({ capability }) => capability));
    const specs = await checkedSpecs(requests, catalog.catalog);
    const jobs = await queue.submitAll(specs);
    failPoint('submit.before-answer');
    return jobs;
  }

  /**
   * The values of a job as the tool makes them, for `for await`; see `queue/job-stream.ts`. What `submit` throws
   * is thrown by the loop, and so is what the job fails with.
   */
  stream(request: JobRequest, options?: JobStreamOptions): JobStream {
    const { catalog, queue } = this.#parts;
    return queue.stream(async () => {
      await catalog.look();
      catalog.mustBeUsable([request.capability]);
      const [spec] = await checkedSpecs([request], catalog.catalog);
      invariant(spec !== undefined, 'a request that is right is a job');
      return spec;
    }, options);
  }

  /**
   * The job when it is over, or waits for a person's decision. Throws JOB_NOT_FOUND, DEADLINE_EXCEEDED after
   * `timeoutMs` (the job is not touched), CANCELLED when this host is closed before.
   */
  wait(jobId: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<JobRow> {
    return this.#parts.queue.wait(jobId, options);
  }

  /** Throws JOB_NOT_FOUND. */
  job(jobId: string): JobRow {
    const job = this.#parts.store.reader.job(jobId);
    if (job === null) throw unknownJob(jobId);
    return job;
  }

  /** Newest first. */
  jobs(filter: JobFilter = {}): JobRow[] {
    return this.#parts.store.reader.jobs(filter);
  }

  /** Why a pending job does not run yet, as of now; null for any other. */
  whyWaiting(jobId: string): string | null {
    return this.#parts.queue.whyWaiting(jobId);
  }

  /** Cancels a run or a job, by the look of its id. Throws JOB_NOT_FOUND, JOB_OVER. */
  cancel(id: string, reason: string): Promise<CancelRunReport | CancelJobDecision> {
    const { queue, runs } = this.#parts;
    return id.startsWith('run_') ? runs.cancel(id, reason) : queue.cancel(id, reason);
  }

  /** A person's answer about a job that `needs_decision`. Throws JOB_NOT_FOUND, DECISION_NOT_NEEDED. */
  async decide(jobId: string, decision: 'rerun' | 'fail', actor: string): Promise<void> {
    await this.#parts.queue.decide(jobId, decision, actor);
  }

  /** Moves a pending job in its line. Throws JOB_NOT_FOUND, JOB_OVER. */
  async reorder(jobId: string, place: Place): Promise<JobRow> {
    await this.#parts.queue.reorder(jobId, place);
    return this.job(jobId);
  }

  /**
   * Calls `capability.action`, `capability.task.method` or the same of an instance, and resolves to the result.
   * Throws what `submit` throws, why the call failed (the tool's own words are `details.error`), and CANCELLED.
   *
   *     const text = await host.call('speech.transcribe', { audio: 'talk.flac' });
   */
  call(target: string, input: JsonObject = {}, options: CallOptions = {}): Promise<Json> {
    return call(this, target, input, options);
  }

  /** A capability or an instance with its name, and a configuration, filled in. Throws CAPABILITY_NOT_FOUND. */
  bind(name: string, { config }: { config?: JsonObject } = {}): Binding {
    this.#parts.instances.mustBeCallable(name);
    return new Binding(this, name, config);
  }

  /** Looks whether `capstan.yaml` or a manifest has changed. Throws DECLARATION_INVALID. */
  look(): Promise<void> {
    return this.#parts.catalog.look();
  }

  /** Every instance that is known, whether or not it has a worker: default, declared, named, generated. */
  instances(): InstanceView[] {
    return this.#parts.instances.list();
  }

  /**
   * Starts an instance and hands it its configuration; resolves when it is ready. One that is loaded already
   * with the same is left as it is. Throws CAPABILITY_NOT_FOUND, CAPABILITY_NOT_INSTALLED, INSTANCE_EXISTS,
   * INPUT_INVALID, CONFIG_INVALID, ADAPTER_INCOMPATIBLE, SECRET_MISSING, and why its worker could not be
   * started; then nothing of it is left running, and nothing is recorded.
   */
  async load(request: LoadRequest, options: PhaseOptions = {}): Promise<InstanceView> {
    await this.#parts.catalog.look();
    return this.#parts.instances.load(request, options);
  }

  /** Several at once, so many at a time. */
  async loadAll(
    requests: readonly LoadRequest[],
    options: ManyOptions = {},
  ): Promise<LoadResult[]> {
    await this.#parts.catalog.look();
    return this.#parts.instances.loadAll(requests, options);
  }

  /** Ends an instance when its calls have ended. Its next call starts it again. Throws INSTANCE_NOT_FOUND. */
  unload(id: string, options: UnloadOptions = {}): Promise<void> {
    return this.#parts.instances.unload(id, options);
  }

  unloadAll(ids: readonly string[], options: ManyOptions = {}): Promise<UnloadResult[]> {
    return this.#parts.instances.unloadAll(ids, options);
  }

  /**
   * Puts a new worker in the place of an instance's old one, with the same slots, adapters and configuration.
   * The old one serves until the new one is ready, ends when its calls have ended, and goes on when the new
   * one fails. Throws INSTANCE_NOT_FOUND and why it failed.
   */
  async reload(id: string, options: ReloadOptions = {}): Promise<InstanceView> {
    await this.#parts.catalog.look();
    return this.#parts.instances.reload(id, options);
  }

  /**
   * Changes the configuration of an instance: checked first, then given to its worker, if it has one, when the
   * calls in it have ended, then recorded. Whatever fails, the old one stays in force. Throws
   * INSTANCE_NOT_FOUND, CONFIG_INVALID with every problem at once.
   */
  async configure(
    id: string,
    change: ConfigChange,
    options: PhaseOptions = {},
  ): Promise<ConfigReport> {
    await this.#parts.catalog.look();
    return this.#parts.instances.configure(id, change, options);
  }

  /** The configuration of an instance, and where each value comes from. Throws INSTANCE_NOT_FOUND. */
  async config(id: string): Promise<ConfigReport> {
    await this.#parts.catalog.look();
    return this.#parts.instances.config(id);
  }

  /**
   * What is possible now for settings whose choices depend on the machine. `{}` for an instance that is not
   * loaded, unless it is to be started for this. Throws INSTANCE_NOT_FOUND.
   */
  async configOptions(id: string, options: { start?: boolean } = {}): Promise<JsonObject> {
    await this.#parts.catalog.look();
    return this.#parts.instances.configOptions(id, options);
  }

  /**
   * Has an instance fetch what its calls would otherwise have to, such as a model; loads it if need be. Ends
   * only when it does, or when it has told nothing new for too long. Throws INSTANCE_NOT_FOUND,
   * WORKER_NOT_READY, and why it failed.
   */
  async prefetch(id: string, options: PhaseOptions = {}): Promise<PrefetchReport> {
    await this.#parts.catalog.look();
    return this.#parts.instances.prefetch(id, options);
  }

  /** Sets variables of an instance's worker that are not secret; null is back to what is declared. */
  async setEnv(
    id: string,
    env: { [name: string]: string | null },
    actor?: string,
  ): Promise<{ env: { [name: string]: string } }> {
    await this.#parts.catalog.look();
    return this.#parts.instances.setEnv(id, env, actor);
  }

  /** A secret of this capability was set or removed: its loaded instances get new workers. */
  async secretsChanged(capability: string): Promise<void> {
    await this.#parts.secrets.look();
    await this.#parts.instances.secretsChanged(capability);
  }

  /** What waits for secrets goes on. Throws SECRETS_LOCKED when the passphrase is wrong. */
  unlockSecrets(passphrase: string): Promise<void> {
    return this.#parts.secrets.unlock(passphrase);
  }

  /**
   * What is disabled takes no new work and starts none of what it has; what runs may finish. Throws
   * CAPABILITY_NOT_FOUND.
   */
  async setEnabled(instance: string, isEnabled: boolean, actor: string): Promise<void> {
    const { catalog, queue, instances } = this.#parts;
    await catalog.look();
    const capability = instances.capabilityOf(instance);
    const { changed } = await queue.setEnabled(instance, isEnabled, actor, capability);
    if (changed) await instances.enabledChanged(instance, isEnabled);
  }

  /**
   * Starts a run, or hands back the unfinished one of the same composition with the same inputs. Throws
   * COMPOSITION_INVALID, INPUT_INVALID, and what makes a used capability unusable.
   */
  async runComposition(
    given: AnyComposition,
    inputs: JsonObject,
    options: { cwd: string; fresh?: boolean; actor?: string },
  ): Promise<{ runId: string; resumed: boolean }> {
    const { catalog, runs } = this.#parts;
    const { nodes } = asSource(given).composition;
    await catalog.look();
    catalog.mustBeUsable(Object.values(nodes).map(({ use }) => use));
    const { cwd, fresh = false, actor } = options;
    return runs.submit(given, inputs, {
      cwd,
      resume: !fresh,
      ...(actor === undefined ? {} : { actor }),
    });
  }

  /**
   * A new run that keeps what an earlier one had completed and can still stand. Throws JOB_NOT_FOUND,
   * RUN_NOT_OVER, JOB_OVER when there is nothing to do again, COMPOSITION_INVALID, INPUT_INVALID.
   */
  async retryRun(runId: string, options: RetryOptions = {}): Promise<RunRetried> {
    await this.#parts.catalog.look();
    return this.#parts.runs.retry(runId, options);
  }

  /** Ends an unfinished run and goes on by another definition, as a new run. Throws as `retryRun` does. */
  async replaceRun(
    runId: string,
    options: RetryOptions & { definition: AnyComposition },
  ): Promise<RunRetried> {
    await this.#parts.catalog.look();
    return this.#parts.runs.replace(runId, options);
  }

  /**
   * Makes sure that an unfinished run may go on as it was recorded; it does so by itself. Throws
   * JOB_NOT_FOUND, JOB_OVER, DEFINITION_CHANGED.
   */
  async resumeRun(runId: string, options: ResumeOptions = {}): Promise<{ runId: string }> {
    await this.#parts.catalog.look();
    return this.#parts.runs.resume(runId, options);
  }

  /** The report when the run is over, or waits for a person's decision. Throws JOB_NOT_FOUND. */
  async finished(runId: string): Promise<RunReport> {
    await this.#parts.runs.finished(runId);
    return this.report(runId);
  }

  /** The report at this moment. Throws JOB_NOT_FOUND. */
  report(runId: string): RunReport {
    return this.#parts.runs.report(runId);
  }

  /**
   * Leases of this workspace and its machine: who holds which paths, names and amounts. What is refused is an
   * answer; thrown is only what nobody can answer: DECLARATION_INVALID, LEDGER_UNREADABLE, LEDGER_BUSY.
   *
   *     const answer = await host.leases.acquire({ holder: 'me', alternatives: [[claim]] }, { waitMs: 60_000 });
   */
  get leases(): Leases {
    return this.#parts.leases;
  }

  /** How busy this host is. */
  stats(): HostStats {
    const { store, queue, instances } = this.#parts;
    return {
      hostId: this.hostId,
      pid: process.pid,
      lastSeq: store.reader.lastSeq(),
      ...queue.stats(),
      instances: instances.list(),
      wedged: store.wedged?.cause.message ?? null,
      rssBytes: process.memoryUsage.rss(),
    };
  }

  /** What the machine has, who uses it, which workers are up, and who holds what. */
  resources(): Promise<MachineReport> {
    const { monitor, instances, env } = this.#parts;
    const residents = instances.residents();
    return machineReport({ monitor, residents, hostPid: process.pid, root: this.root, env });
  }

  /** Forgets what past calls used, of these instances and configurations, so that the next are measured anew. */
  resetProfiles(filter: ProfileFilter, actor: string): Promise<{ count: number }> {
    return this.#parts.store.resetProfiles({ ...filter, actor });
  }

  /** The number of the journal's last row: a cursor for `events`. */
  lastSeq(): number {
    return this.#parts.store.reader.lastSeq();
  }

  /**
   * What happens, at the subscriber's own pace: journaled events from a cursor (else from now on), each once
   * and in order, and live ones if asked for, of which a slow subscriber loses some and is told how many.
   * Throws CURSOR_AHEAD.
   */
  events(options: StreamOptions = {}): AsyncIterable<HostEvent> {
    return this.#parts.queue.events(options);
  }

  /** Calls back at once, in the turn in which something was committed; for the quick and the nearby. */
  subscribe(listener: (event: HostEvent) => void): () => void {
    return this.#parts.queue.subscribe(listener);
  }

  /** Says in `host.json` where this host can be asked. */
  announce(control: NonNullable<HostInfo['control']>): void {
    this.#parts.announce(control);
  }

  /** Resolves when nothing runs and nothing that could run stands in line. */
  idle(): Promise<void> {
    return this.#parts.queue.idle();
  }

  /** Hears why the store takes nothing new, and null when it does again. Returns how to stop. */
  onWedgeChange(listener: (cause: HostError | null) => void): () => void {
    return this.#parts.store.onWedgeChange((wedge) => listener(wedge?.cause ?? null));
  }

  /**
   * Starts nothing more, lets what runs go on for `graceMs`, aborts the rest, ends every worker and gives the
   * workspace back. What was not finished stays accepted and goes on with the next host.
   */
  close({ graceMs = 0 }: { graceMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  /** `await using host = await createHost()` closes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(graceMs: number): Promise<void> {
    await this.#parts.queue.stop(graceMs);
    await this.#parts.close();
  }
}

export interface HostStats extends ReturnType<Queue['stats']> {
  hostId: string;
  pid: number;
  lastSeq: number;
  instances: InstanceView[];
  /** Why nothing new is accepted. */
  wedged: string | null;
  rssBytes: number;
}
