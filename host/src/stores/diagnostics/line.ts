/** Least urgent first. */
export const levels = ['debug', 'info', 'warning', 'error'] as const;
export type Level = (typeof levels)[number];

/**
 * One line of what tools and the host say while they work. A *record* is a structured log line, with a
 * level and the job it is about; `stdout` and `stderr` are raw output, known by the worker session only.
 */
export interface DiagnosticLine {
  ts: string;
  source: 'record' | 'stdout' | 'stderr';
  message: string;
  level?: Level;
  logger?: string;
  /** Traceback of the exception a record carries. */
  exceptionText?: string;
  capability?: string;
  session?: string;
  callId?: string;
  jobId?: string;
  runId?: string;
  nodeId?: string;
  /** The line stands for so many bytes of output that came faster than it is kept. */
  droppedBytes?: number;
}

/** Why lines are not there: too fast for the worker's budget, too many in line, or a disk that took none. */
export type DropReason = 'output' | 'backlog' | 'disk';

/** What is missing of one worker session, in all; `session` is empty for what is no worker's. */
export interface DroppedCount {
  session: string;
  reason: DropReason;
  lines: number;
  bytes: number;
  /** When the first and the last of them were dropped. */
  since: string;
  until: string;
}

export interface StoredLine extends DiagnosticLine {
  /** The cursor for following. */
  seq: number;
}
