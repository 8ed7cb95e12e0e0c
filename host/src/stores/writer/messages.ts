import type { ErrorCode } from '../../error-table.ts';
import { HostError, messageOf } from '../../errors.ts';
import type { JournaledEvent } from '../events.ts';
import type { OperationName } from './operations/index.ts';

/** What passes between the store in the main thread and its writer. */

export interface WriterOptions {
  stateDb: string;
  /** URL of a module that exports `bind`, or null. */
  binder: string | null;
  allowNetworkFilesystem: boolean;
  /** Room that is kept back for a full disk; 0 for none. */
  reserveBytes: number;
}

export interface Request {
  id: number;
  operation: OperationName;
  args: unknown;
}

export type ToWriter =
  | { kind: 'requests'; requests: Request[] }
  | { kind: 'check'; nowMs: number }
  | { kind: 'close' };

export type FromWriter =
  | { kind: 'open' }
  | { kind: 'refused'; error: SentError }
  /**
   * One committed transaction: the answers to its requests, the rows it added to the journal, and some of the jobs
   * it made. `unwritten` are requests for which alone there was no room; only a store that accepts nothing new
   * leaves any out.
   */
  | {
      kind: 'committed';
      answers: Answer[];
      /** JSON of one each. */
      events: string[];
      accepted: AcceptedJob[];
      unwritten?: number[];
    }
  /** Nothing of these requests was written, and nothing will be until a check succeeds. */
  | { kind: 'unwritten'; ids: number[]; cause: SentError }
  | ({ kind: 'checked'; cause: SentError | null } & Omit<Checked, 'cause'>)
  | { kind: 'warning'; message: string }
  | { kind: 'closed' };

/**
 * A job that was just made, as a reader will find it. Text, and not the row that whoever submitted it is answered
 * with: what they do to that must not reach what is carried out.
 */
export interface AcceptedJob {
  jobId: string;
  json: string;
}

export const eventsIn = (emitted: readonly string[]): JournaledEvent[] =>
  emitted.map((json) => JSON.parse(json) as JournaledEvent);

export interface Checked {
  /** Why nothing new is accepted; null when all is well again. */
  cause: HostError | null;
  /** Whether reports of what has happened can be written nevertheless. */
  takesReports: boolean;
  /** Committed ones of which nobody has heard yet. */
  events: string[];
}

export type Answer = { id: number; value: unknown } | { id: number; error: SentError };

/** A HostError that survives the way between threads. */
export interface SentError {
  code: ErrorCode;
  message: string;
  hint?: string;
  details?: { [key: string]: unknown };
}

export function sendable(error: unknown): SentError {
  if (error instanceof HostError) {
    const { code, message, hint, details } = error;
    return { code, message, ...(hint === undefined ? {} : { hint }), details };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return {
    code: 'INTERNAL',
    message: `the store failed: ${messageOf(error)}`,
    ...(stack === undefined ? {} : { details: { stack } }),
  };
}

export function received(error: SentError): HostError {
  return new HostError(error.code, error.message, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.details === undefined ? {} : { details: error.details }),
  });
}
