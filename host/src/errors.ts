import type { ErrorCategory, WireError } from '@capstan/protocol';
import { type ErrorCode, errorTable } from './error-table.ts';

export interface ErrorDetails {
  /** The next step, in words a user can type or do. */
  hint?: string;
  cause?: unknown;
  /** Facts for machines: file, line, column, pid, path … Appears in `--json` output. */
  details?: { [key: string]: unknown };
  category?: ErrorCategory;
  retriable?: boolean;
}

/**
 * The one error of the host. `code` is a row of the table in `error-table.ts`; the message says what
 * happened and why, the hint what to do next.
 */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: ErrorCode;
  readonly category: ErrorCategory;
  readonly hint: string | undefined;
  readonly details: { [key: string]: unknown };
  readonly retriable: boolean;

  constructor(code: ErrorCode, message: string, more: ErrorDetails = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.category = more.category ?? errorTable[code].category;
    this.hint = more.hint ?? errorTable[code].hint;
    this.details = more.details ?? {};
    this.retriable =
      more.retriable ?? (this.category === 'transient' || this.category === 'resource');
  }

  /** The shape a failed job has, whether the failure came from a worker or from the host. */
  toWire(occurredAt: string): WireError {
    return {
      category: this.category,
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      retriable: this.retriable,
      occurredAt,
    };
  }
}

/** A bug of ours, not a user's mistake: stop loudly instead of going on with a wrong state. */
export function invariant(claim: unknown, what: string): asserts claim {
  if (!claim) throw new HostError('INTERNAL', `invariant broken: ${what}`);
}

/** The text of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
