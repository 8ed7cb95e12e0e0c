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
}

export interface StoredLine extends DiagnosticLine {
  /** The cursor for following. */
  seq: number;
}
