import { all } from '../reader/filters.ts';
import type { Sqlite } from '../sqlite.ts';
import { openDiagnosticsForReading } from './file.ts';
import { pruneDiagnostics, type PruneReport, type Retention, whatToPrune } from './prune.ts';
import {
  type DiagnosticLine,
  type DroppedCount,
  type Level,
  levels,
  type StoredLine,
} from './line.ts';

export interface LogFilter {
  jobId?: string;
  runId?: string;
  nodeId?: string;
  /** The records of one attempt; raw output is known by its session only. */
  callId?: string;
  capability?: string;
  session?: string;
  /** Records of this level and above; raw output has no level and is left out. */
  level?: Level;
  /** ISO: lines of then and later. */
  since?: string;
  /** Lines after this one, oldest first: the cursor for following. Without it, the newest lines. */
  afterSeq?: number;
  /** 200 unless given. */
  limit?: number;
}

interface Stored {
  seq: number;
  ts: string;
  source: DiagnosticLine['source'];
  level: Level | null;
  logger: string | null;
  message: string;
  exception_text: string | null;
  capability: string | null;
  session: string | null;
  call_id: string | null;
  job_id: string | null;
  run_id: string | null;
  node_id: string | null;
}

/** Reads diagnostics beside their writer. Where there are none, or none that can be read, there are no lines. */
export class DiagnosticsReader {
  readonly #path: string;
  #db: Sqlite | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Always oldest first. */
  lines(filter: LogFilter = {}): StoredLine[] {
    const { where, values } = all([
      ['job_id', filter.jobId],
      ['run_id', filter.runId],
      ['node_id', filter.nodeId],
      ['call_id', filter.callId],
      ['capability', filter.capability],
      ['session', filter.session],
      ['level', filter.level && levels.slice(levels.indexOf(filter.level))],
      ['ts >=', filter.since],
      ['seq >', filter.afterSeq],
    ]);
    const newest = filter.afterSeq === undefined ? 'DESC' : '';
    const sql = `SELECT * FROM lines ${where} ORDER BY seq ${newest} LIMIT ?`;
    const found = this.#all<Stored>(sql, ...values, filter.limit ?? 200).map(storedLine);
    return filter.afterSeq === undefined ? found.toReversed() : found;
  }

  /** How much is missing, of which worker session and why; of all sessions unless one is named. */
  dropped(session?: string): DroppedCount[] {
    const { where, values } = all([['session', session]]);
    return this.#all<DroppedCount>(`SELECT * FROM dropped ${where} ORDER BY until DESC`, ...values);
  }

  /** Removes what is too old or too much. Works beside a host. */
  prune(nowMs: number, retention: Retention): Promise<PruneReport> {
    return pruneDiagnostics(this.#path, nowMs, retention);
  }

  /** What that would remove. */
  whatToPrune(nowMs: number, retention: Retention): PruneReport {
    this.#db ??= openDiagnosticsForReading(this.#path);
    return whatToPrune(this.#db, this.#path, nowMs, retention);
  }

  #all<T>(sql: string, ...values: (string | number)[]): T[] {
    // It may have been made, or made anew, since the last look.
    this.#db ??= openDiagnosticsForReading(this.#path);
    try {
      return this.#db?.all<T>(sql, ...values) ?? [];
    } catch {
      this.close();
      return [];
    }
  }

  close(): void {
    this.#db?.close();
    this.#db = null;
  }
}

const storedLine = (stored: Stored): StoredLine => ({
  seq: stored.seq,
  ts: stored.ts,
  source: stored.source,
  message: stored.message,
  ...(stored.level === null ? {} : { level: stored.level }),
  ...(stored.logger === null ? {} : { logger: stored.logger }),
  ...(stored.exception_text === null ? {} : { exceptionText: stored.exception_text }),
  ...(stored.capability === null ? {} : { capability: stored.capability }),
  ...(stored.session === null ? {} : { session: stored.session }),
  ...(stored.call_id === null ? {} : { callId: stored.call_id }),
  ...(stored.job_id === null ? {} : { jobId: stored.job_id }),
  ...(stored.run_id === null ? {} : { runId: stored.run_id }),
  ...(stored.node_id === null ? {} : { nodeId: stored.node_id }),
});
