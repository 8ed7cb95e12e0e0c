import type { ErrorCode } from '../../error-table.ts';
import { HostError, messageOf } from '../../errors.ts';
import type { JournalRow } from '../rows.ts';
import type { OperationName } from './operations/index.ts';

/** What passes between the store in the main thread and its writer. */

export interface WriterOptions {
  stateDb: string;
  /** URL of a module that exports `bind`, or null. */
  binder: string | null;
  allowNetworkFilesystem: boolean;
}

export interface Request {
  id: number;
  operation: OperationName;
  args: unknown;
}

export type ToWriter =
  | { kind: 'requests'; requests: Request[] }
  | { kind: 'check' }
  | { kind: 'close' };

export type FromWriter =
  | { kind: 'open' }
  | { kind: 'refused'; error: SentError }
  /** One committed transaction: the answers to its requests, and the journal rows it added. */
  | { kind: 'committed'; answers: Answer[]; rows: JournalRow[] }
  /** Nothing of these requests was written, and nothing will be until a check succeeds. */
  | { kind: 'unwritten'; ids: number[]; cause: SentError }
  | { kind: 'checked'; cause: SentError | null; rows: JournalRow[] }
  | { kind: 'closed' };

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
