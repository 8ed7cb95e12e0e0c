import { type RunReport, runReport } from './compositions/report.ts';
import { HostError } from './errors.ts';
import { workspacePaths } from './paths.ts';
import {
  type ArtifactRow,
  type AttemptRow,
  type JobFilter,
  type JobPage,
  type JobRow,
  type JobStats,
  type JournalFilter,
  type JournalRow,
  type DroppedCount,
  type InstanceRow,
  type ProfileRow,
  type JournaledEvent,
  journaledEvent,
  type LogFilter,
  openReader as openStores,
  type PruneReport,
  type RebuildReport,
  type ReplayReport,
  type Retention,
  type RunFilter,
  type RunRow,
  type StoredLine,
  type VerifyReport,
  type WorkspaceReader,
} from './stores/index.ts';

/** All there is to know about a job. */
export interface JobReport {
  job: JobRow;
  attempts: AttemptRow[];
  artifacts: ArtifactRow[];
}

/** What can be looked at beside a running host, without one, and where nothing was run yet. */
export class WorkspaceView {
  readonly #stores: WorkspaceReader;

  constructor(stores: WorkspaceReader) {
    this.#stores = stores;
  }

  /** Newest first. */
  jobs(filter: JobFilter = {}): JobRow[] {
    return this.#stores.state.jobs(filter);
  }

  /** The same without what may be large, a page at a time, with the cursor of the next. */
  history(filter: JobFilter = {}): JobPage {
    return this.#stores.state.history(filter);
  }

  /** How many jobs there are in which state, and how long they take. */
  jobStats(nowMs: number): JobStats {
    return this.#stores.state.jobStats(nowMs);
  }

  /** Instances that take nothing new and start nothing. */
  disabledInstances(): string[] {
    return this.#stores.state.disabledInstances();
  }

  /** What was said of instances at run time; those of which nothing was said are not among them. */
  instances(): InstanceRow[] {
    return this.#stores.state.instances();
  }

  /** What the calls of each instance came to, by configuration. */
  profiles(): ProfileRow[] {
    return this.#stores.state.profiles();
  }

  /** Newest first. */
  runs(filter: RunFilter = {}): RunRow[] {
    return this.#stores.state.runs(filter);
  }

  /** Throws JOB_NOT_FOUND. */
  job(jobId: string): JobReport {
    const { state } = this.#stores;
    const job = state.job(jobId);
    if (job === null) throw unknown('job', jobId);
    return { job, attempts: state.attempts(jobId), artifacts: state.artifacts({ jobId }) };
  }

  /** Throws JOB_NOT_FOUND. */
  run(runId: string): RunRow {
    const run = this.#stores.state.run(runId);
    if (run === null) throw unknown('run', runId);
    return run;
  }

  /** Throws JOB_NOT_FOUND. */
  runReport(runId: string): RunReport {
    const report = runReport(this.#stores.state, runId);
    if (report === null) throw unknown('run', runId);
    return report;
  }

  journal(filter: JournalFilter = {}): JournalRow[] {
    return this.#stores.state.journal(filter);
  }

  /** A row of the journal as the host that wrote it told it. */
  eventOf(row: JournalRow): JournaledEvent {
    return journaledEvent(row);
  }

  /** `onRows` hears how many rows were read so far. */
  verifyJournal(signal?: AbortSignal, onRows?: (rows: number) => void): Promise<VerifyReport> {
    return this.#stores.state.verifyJournal(signal, onRows);
  }

  /** Whether the tables are what playing the journal from its start makes of empty ones. */
  replayCheck(signal?: AbortSignal, onRows?: (rows: number) => void): Promise<ReplayReport> {
    return this.#stores.state.replayCheck(signal, onRows);
  }

  /** A new database from the journal alone. Throws INPUT_INVALID where the file is there already. */
  rebuild(into: string, signal?: AbortSignal): Promise<RebuildReport> {
    return this.#stores.state.rebuild(into, signal);
  }

  /** What may be right but has to be known, such as an older copy that was put back. */
  warnings(): string[] {
    return this.#stores.state.warnings();
  }

  /** Oldest first. */
  logs(filter: LogFilter = {}): StoredLine[] {
    return this.#stores.diagnostics.lines(filter);
  }

  /** How much was never kept, by worker session. */
  dropped(session?: string): DroppedCount[] {
    return this.#stores.diagnostics.dropped(session);
  }

  /** Removes logs that are too old or too much. */
  pruneLogs(nowMs: number, retention: Retention): Promise<PruneReport> {
    return this.#stores.diagnostics.prune(nowMs, retention);
  }

  /** What that would remove. */
  whatToPrune(nowMs: number, retention: Retention): PruneReport {
    return this.#stores.diagnostics.whatToPrune(nowMs, retention);
  }

  close(): void {
    this.#stores.close();
  }
}

/** Throws STORE_CORRUPT, STORE_NEWER. */
export const openReader = (root: string): WorkspaceView =>
  new WorkspaceView(openStores(workspacePaths(root)));

const unknown = (what: 'job' | 'run', id: string): HostError =>
  new HostError('JOB_NOT_FOUND', `There is no ${what} ${id} in this workspace.`, {
    hint: 'See `capstan jobs` for those there are.',
    details: { id },
  });
