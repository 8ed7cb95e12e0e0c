import type {
  AnyComposition,
  ConfigChange,
  ConfigReport,
  Host,
  HostEvent,
  HostStats,
  InstanceView,
  JobRequest,
  JobRow,
  JobStreamOptions,
  Json,
  JsonObject,
  Leases,
  LoadRequest,
  LoadResult,
  MachineReport,
  ManyOptions,
  PhaseOptions,
  PrefetchReport,
  ProfileFilter,
  ReloadOptions,
  RunReport,
  UnloadOptions,
  UnloadResult,
} from '../index.ts';

export type {
  ConfigChange,
  ConfigReport,
  HostStats,
  InstanceView,
  JobRequest,
  JobStreamOptions,
  LoadRequest,
  LoadResult,
  MachineReport,
  ManyOptions,
  PhaseOptions,
  PrefetchReport,
  ProfileFilter,
  ReloadOptions,
  UnloadOptions,
  UnloadResult,
} from '../index.ts';

/**
 * What a host can be asked, whether it is in this process or in another one: commands are written against
 * this and cannot tell the difference. A host in another process answers over its control socket, with the
 * same errors; when it ends before it has answered, that is HOST_LOST.
 */
export interface HostSurface {
  /**
   * Accepts all of these, or none. Throws CAPABILITY_NOT_FOUND, ACTION_NOT_FOUND, INPUT_INVALID,
   * CAPABILITY_DISABLED, IDEMPOTENCY_CONFLICT, PAYLOAD_TOO_LARGE, STORE_WEDGED.
   */
  submit(requests: readonly JobRequest[]): Promise<JobRow[]>;
  /**
   * The values of a job as the tool makes them, for `for await`: what `submit` throws is thrown by the loop, and
   * so is what the job fails with. Leaving the loop cancels the job.
   */
  stream(request: JobRequest, options?: JobStreamOptions): ValueStream;
  /**
   * The job when it is over or waits for a person's decision. Throws JOB_NOT_FOUND, and DEADLINE_EXCEEDED
   * after `timeoutMs`, which leaves the job as it is.
   */
  wait(jobId: string, options?: WaitOptions): Promise<JobRow>;
  /** The job at this moment. Throws JOB_NOT_FOUND. */
  job(jobId: string): Promise<JobRow>;
  /** Cancels a run or a job, by the look of its id. Throws JOB_NOT_FOUND, JOB_OVER. */
  cancel(id: string, reason: string): Promise<CancelAnswer>;
  /** Throws JOB_NOT_FOUND, DECISION_NOT_NEEDED. */
  decide(jobId: string, decision: 'rerun' | 'fail', actor: string): Promise<void>;
  /** Answers the job as it stands in line now. Throws JOB_NOT_FOUND, JOB_OVER. */
  reorder(jobId: string, place: Place): Promise<JobRow>;
  /** Throws CAPABILITY_NOT_FOUND. */
  setEnabled(instance: string, isEnabled: boolean, actor: string): Promise<void>;
  /** Every instance that is known, whether or not it has a worker. */
  instances(): Promise<InstanceView[]>;
  /** Resolves when the instance is ready. Throws why it could not be; then nothing of it is left. */
  load(request: LoadRequest, options?: PhaseOptions): Promise<InstanceView>;
  loadAll(requests: readonly LoadRequest[], options?: ManyOptions): Promise<LoadResult[]>;
  /** Throws INSTANCE_NOT_FOUND. */
  unload(id: string, options?: UnloadOptions): Promise<void>;
  unloadAll(ids: readonly string[], options?: ManyOptions): Promise<UnloadResult[]>;
  /** The old worker serves until the new one is ready, and goes on when that fails. Throws INSTANCE_NOT_FOUND. */
  reload(id: string, options?: ReloadOptions): Promise<InstanceView>;
  /** Whatever fails, the old configuration stays in force. Throws INSTANCE_NOT_FOUND, CONFIG_INVALID. */
  configure(id: string, change: ConfigChange, options?: PhaseOptions): Promise<ConfigReport>;
  /** Throws INSTANCE_NOT_FOUND. */
  config(id: string): Promise<ConfigReport>;
  /** `{}` for an instance that is not loaded, unless it is to be started. Throws INSTANCE_NOT_FOUND. */
  configOptions(id: string, options?: { start?: boolean }): Promise<JsonObject>;
  /** Throws INSTANCE_NOT_FOUND, WORKER_NOT_READY. */
  prefetch(id: string, options?: PhaseOptions): Promise<PrefetchReport>;
  /** Variables of an instance's worker that are not secret; null is back to what is declared. */
  setEnv(
    id: string,
    env: { [name: string]: string | null },
    actor?: string,
  ): Promise<{ env: { [name: string]: string } }>;
  /** Gives the loaded instances of a capability new workers. */
  secretsChanged(capability: string): Promise<void>;
  /** For as long as the host is up. Throws SECRETS_LOCKED when the passphrase is wrong. */
  unlockSecrets(passphrase: string): Promise<void>;
  /** Throws COMPOSITION_INVALID, INPUT_INVALID, CAPABILITY_DISABLED. */
  runComposition(
    given: AnyComposition,
    inputs: JsonObject,
    options: RunOptions,
  ): Promise<{ runId: string; resumed: boolean }>;
  /**
   * A new run that keeps what an earlier one had completed and can still stand. Throws JOB_NOT_FOUND,
   * RUN_NOT_OVER, JOB_OVER when there is nothing to do again, COMPOSITION_INVALID, INPUT_INVALID.
   */
  retryRun(runId: string, options: RetryOptions): Promise<RetryAnswer>;
  /** Ends an unfinished run and goes on by another definition, as a new run. Throws as `retryRun` does. */
  replaceRun(
    runId: string,
    options: RetryOptions & { definition: AnyComposition },
  ): Promise<RetryAnswer>;
  /** Throws JOB_NOT_FOUND, JOB_OVER, DEFINITION_CHANGED unless it is to go on as recorded. */
  resumeRun(runId: string, options: ResumeOptions): Promise<{ runId: string }>;
  /** The run at this moment. Throws JOB_NOT_FOUND. */
  report(runId: string): Promise<RunReport>;
  /** The run when it is over, or when nothing of it can go on before a person decides. */
  finished(runId: string, options?: WaitOptions): Promise<RunReport>;
  /** Leases of this workspace and its machine. */
  readonly leases: Leases;
  stats(): Promise<HostStats>;
  /** What the machine has, who uses it, which workers are up, and who holds what. */
  resources(): Promise<MachineReport>;
  /** Forgets what past calls used, of these instances and configurations; what is not given is any. */
  resetProfiles(filter: ProfileFilter, actor: string): Promise<{ count: number }>;
  /** The number of the journal's last row: a cursor for `events`. */
  lastSeq(): Promise<number>;
  /** Journaled events from a cursor (else from now on), without gap or double; live ones if asked for. */
  events(options: EventOptions): AsyncIterable<HostEvent>;
}

/** The values of one job, for its one reader; see `JobStream`. */
export interface ValueStream extends AsyncIterableIterator<Json>, AsyncDisposable {
  readonly jobId: Promise<string>;
  batches(): AsyncGenerator<Json[]>;
  return(): Promise<IteratorResult<Json, undefined>>;
}

export type Place = { priority: number } | { to: 'first' | 'last' };

export interface WaitOptions {
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface RunOptions {
  /** What given paths are relative to; absolute. */
  cwd: string;
  /** Start anew, even when the same run is unfinished. */
  fresh?: boolean;
  actor?: string;
}

export type RetryOptions = NonNullable<Parameters<Host['retryRun']>[1]>;
export type ResumeOptions = NonNullable<Parameters<Host['resumeRun']>[1]>;
/** The new run, and the nodes of the old one that it keeps. */
export type RetryAnswer = Awaited<ReturnType<Host['retryRun']>>;

export interface EventOptions {
  afterSeq?: number;
  jobId?: string;
  runId?: string;
  live?: boolean;
  signal?: AbortSignal;
}

/** What became of a cancel: the state now, and the running jobs that are asked to stop. */
export interface CancelAnswer {
  state: string;
  aborting: string[];
}
