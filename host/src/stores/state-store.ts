import type { Clock } from '../clock.ts';
import { defaults } from '../defaults.ts';
import { newId } from '../ids.ts';
import type { WorkspacePaths } from '../paths.ts';
import type { JournaledEvent, SeatRecord } from './events.ts';
import { Reader } from './reader/reader.ts';
import type { JobRow } from './rows.ts';
import type {
  AttemptOutcome,
  EventOrigin,
  EventSpec,
  EventText,
  InstanceConfiguration,
  JobSpec,
  ProfileFilter,
  RunSpec,
} from './specs.ts';
import { type Wedge, WriterLink } from './writer/link.ts';
import type { AcceptedJob } from './writer/messages.ts';
import type {
  CancelJobDecision,
  CancelPhaseDecision,
  CancelRunReport,
  DecideAnswer,
  ExpireReport,
  FinishDecision,
  Place,
  RecoveryReport,
  Reordered,
  RunRetried,
  StartDecision,
  WaitNote,
} from './writer/operations/index.ts';

export interface StoreOptions {
  paths: WorkspacePaths;
  clock: Clock;
  /** Module that exports a `Binder`'s `bind`; needed by workspaces that run compositions. */
  binder?: URL;
  /** Accept a database on a network filesystem, whose locks and fsyncs may lie. */
  allowNetworkFilesystem?: boolean;
  /** Room that is kept back for a full disk; 0 for none. */
  reserveBytes?: number;
}

/** `accepted` are some of the jobs that the events tell of, as they were when they were made. */
type CommitListener = (events: JournaledEvent[], accepted: readonly AcceptedJob[]) => void;

/**
 * The state of a workspace: jobs, runs and the journal, in one SQLite file with one writer.
 *
 * Every method that writes resolves after its transaction was committed and fsynced, never before. The
 * writer lives in a thread of its own and commits what arrives together as one group. Each method is one
 * transaction: it reads, asks the kernel, appends journal rows, and the rows change the tables.
 *
 * When a commit fails the store is *wedged*: new work is refused (`STORE_WEDGED`) until a check of the
 * file succeeds; reports of running attempts are held meanwhile, in order, and written afterwards.
 */
export class StateStore {
  readonly reader: Reader;
  /** Hears what is not as it should be but keeps nobody from working. */
  onWarning: (message: string) => void = () => {};
  readonly #link: WriterLink;
  readonly #clock: Clock;
  readonly #listeners = new Set<CommitListener>();
  readonly #wedgeListeners = new Set<(wedge: Wedge | null) => void>();

  private constructor(link: WriterLink, reader: Reader, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
    this.reader = reader;
    link.onCommitted = (events, accepted) => {
      for (const listener of this.#listeners) listener(events, accepted);
    };
    link.onWedgeChange = (wedge) => {
      for (const listener of this.#wedgeListeners) listener(wedge);
    };
    link.onWarning = (message) => this.onWarning(message);
  }

  /** Opens or creates `state.db`. Throws STORE_CORRUPT, STORE_NEWER, STORE_ON_NETWORK_FS. */
  static async open(options: StoreOptions): Promise<StateStore> {
    const link = await WriterLink.open({
      stateDb: options.paths.stateDb,
      binder: options.binder?.href ?? null,
      allowNetworkFilesystem: options.allowNetworkFilesystem ?? false,
      reserveBytes: options.reserveBytes ?? defaults.reserveBytes,
    });
    return new StateStore(link, Reader.openState(options.paths.stateDb), options.clock);
  }

  /**
   * All or none. Throws INPUT_INVALID (`details.field`), CAPABILITY_DISABLED, IDEMPOTENCY_CONFLICT,
   * PAYLOAD_TOO_LARGE, STORE_WEDGED, STORE_WRITE_FAILED.
   */
  submitJobs(specs: JobSpec[]): Promise<JobRow[]> {
    return this.#link.refusable('submitJobs', { nowMs: this.#now(), specs });
  }

  /** The run, its nodes and the jobs of those that are ready. */
  submitRun(spec: RunSpec): Promise<{ runId: string; resumed: boolean }> {
    const runId = spec.runId ?? newId('run', this.#now());
    return this.#link.refusable('submitRun', { nowMs: this.#now(), spec: { ...spec, runId } });
  }

  /** A new run that keeps what an earlier one had completed; see `operations/retry-run.ts`. */
  retryRun(
    spec: RunSpec & { retryOf: string },
    from: string | null,
    stale: { [nodeId: string]: string },
  ): Promise<RunRetried> {
    const nowMs = this.#now();
    const runId = spec.runId ?? newId('run', nowMs);
    return this.#link.refusable('retryRun', { nowMs, spec: { ...spec, runId }, from, stale });
  }

  /**
   * One that nobody waits for may go with the next request, which spares a short job an fsync. Refused when
   * the job does not wait any more; one whose time is over is ended by this, as failed.
   */
  startAttempt(
    jobId: string,
    callId: string,
    isAwaited = true,
    seat: SeatRecord | null = null,
  ): Promise<StartDecision> {
    const args = { nowMs: this.#now(), jobId, callId, seat };
    return isAwaited
      ? this.#link.essential('startAttempt', args)
      : this.#link.unhurried('startAttempt', args);
  }

  /**
   * The result, the terminal event, and whatever it makes ready, skips or finishes. A failure that may pass
   * is `retrying` instead, where the job's policy says so: it is pending again, and told by `job_retrying`.
   */
  finishAttempt(jobId: string, attempt: number, outcome: AttemptOutcome): Promise<FinishDecision> {
    return this.#link.essential('finishAttempt', { nowMs: this.#now(), jobId, attempt, outcome });
  }

  /**
   * A waiting job is cancelled at once. A running one is only marked (phase `cooperative`): its attempt has
   * to be aborted by its owner. Throws JOB_NOT_FOUND, JOB_OVER (`details.state`).
   */
  cancelJob(jobId: string, reason: string): Promise<CancelJobDecision> {
    return this.#link.essential('cancelJob', { nowMs: this.#now(), jobId, reason });
  }

  /** Throws JOB_NOT_FOUND for an unknown run, JOB_OVER (`details.state`). */
  cancelRun(runId: string, reason: string): Promise<CancelRunReport> {
    return this.#link.essential('cancelRun', { nowMs: this.#now(), runId, reason });
  }

  /**
   * The grace of a cancel is over and its worker is being ended. `done` follows by itself, with the end of
   * the job. `late` when that has happened already. Throws JOB_NOT_FOUND.
   */
  noteCancelPhase(jobId: string, phase: 'force'): Promise<CancelPhaseDecision> {
    return this.#link.essential('noteCancelPhase', { nowMs: this.#now(), jobId, phase });
  }

  /**
   * Ends waiting jobs whose time is over: failed, with DEADLINE_EXCEEDED. A few hundred at a time; to be
   * called again while there are `more`. `reader.nextExpiry()` says when the next is due.
   */
  expireJobs(): Promise<ExpireReport> {
    return this.#link.essential('expireJobs', { nowMs: this.#now() });
  }

  /** Moves a waiting job in line. Throws JOB_NOT_FOUND, JOB_OVER (`details.state`), INPUT_INVALID. */
  reorderJob(jobId: string, place: Place): Promise<Reordered> {
    return this.#link.refusable('reorderJob', { nowMs: this.#now(), jobId, place });
  }

  /** A disabled instance is given nothing new, neither by submit nor from the line. */
  setInstanceEnabled(
    instance: string,
    enabled: boolean,
    actor: string,
    capability: string = instance,
  ): Promise<{ changed: boolean }> {
    const args = { nowMs: this.#now(), instance, capability, enabled, actor };
    return this.#link.refusable('setInstanceEnabled', args);
  }

  /** What is set at run time stays set, over restarts, until it is set again or forgotten. */
  configureInstance(asked: InstanceConfiguration): Promise<void> {
    return this.#link.refusable('configureInstance', { nowMs: this.#now(), ...asked });
  }

  /** Variables of an instance's worker that are set at run time; visible ones only. */
  setInstanceEnv(asked: {
    instance: string;
    capability: string;
    env: { [name: string]: string } | null;
    actor: string;
  }): Promise<void> {
    return this.#link.refusable('setInstanceEnv', { nowMs: this.#now(), ...asked });
  }

  /** All that was said of the instance at run time is as if it had not been said. */
  forgetInstance(asked: { instance: string; actor: string }): Promise<{ forgotten: boolean }> {
    return this.#link.refusable('forgetInstance', { nowMs: this.#now(), ...asked });
  }

  /** What past calls of these used is forgotten, so that the next ones are measured anew. */
  resetProfiles(filter: ProfileFilter & { actor: string }): Promise<{ count: number }> {
    return this.#link.refusable('resetProfiles', { nowMs: this.#now(), ...filter });
  }

  /**
   * A person's answer to a job that `needs_decision`: run it again, or let it count as failed. Throws
   * JOB_NOT_FOUND, DECISION_NOT_NEEDED (`details.state`).
   */
  decideJob(jobId: string, decision: 'rerun' | 'fail', actor: string): Promise<DecideAnswer> {
    return this.#link.refusable('decideJob', { nowMs: this.#now(), jobId, decision, actor });
  }

  /** Ends what the previous host left running; to be called once, before anything is started. */
  recover(): Promise<RecoveryReport> {
    return this.#link.refusable('recover', { nowMs: this.#now() });
  }

  /** Journals why jobs wait. A reason that is already recorded is not recorded again. */
  noteWaiting(notes: WaitNote[]): Promise<void> {
    return this.#link.refusable('noteWaiting', { nowMs: this.#now(), notes });
  }

  /** Journals what others have to tell: `worker_spawned`, `config_applied`, `task_account`, … */
  append(events: EventSpec[]): Promise<void> {
    return this.#link.essential('append', { nowMs: this.#now(), events });
  }

  /** The words of a tool about one call; each is a row. Types that only a host may tell are not for tools. */
  appendAccounts(about: EventOrigin, accounts: EventText[]): Promise<void> {
    return this.#link.essential('appendAccounts', { nowMs: this.#now(), about, accounts });
  }

  /** Hears every committed event in the order of `seq`, after its commit. Returns how to stop. */
  onCommitted(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Why new work is refused, or null. */
  get wedged(): Wedge | null {
    return this.#link.wedged;
  }

  /** Hears when the store wedges, and (with null) when it works again. Returns how to stop. */
  onWedgeChange(listener: (wedge: Wedge | null) => void): () => void {
    this.#wedgeListeners.add(listener);
    return () => this.#wedgeListeners.delete(listener);
  }

  /** Writes what is still held, if the file lets it, and closes. */
  async close(): Promise<void> {
    // The writer goes last: who closes last folds the write-ahead log into the file, and must be able to.
    this.reader.close();
    await this.#link.close();
  }

  #now(): number {
    return this.#clock.nowMs();
  }
}
