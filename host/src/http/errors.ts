import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ErrorCategory } from '@capstan/protocol';
import { type ErrorCode, errorTable } from '../error-table.ts';
import { HostError, messageOf } from '../errors.ts';

/** An error as it crosses the socket. */
export interface ErrorBody {
  code: string;
  category: string;
  message: string;
  hint?: string;
  details: { [fact: string]: unknown };
}

export function errorBody(error: unknown): ErrorBody {
  if (!(error instanceof HostError)) {
    return { code: 'INTERNAL', category: 'fatal', message: messageOf(error), details: {} };
  }
  const { code, category, message, hint, details } = error;
  return { code, category, message, ...(hint === undefined ? {} : { hint }), details };
}

const isCategory = (text: unknown): text is ErrorCategory =>
  ['input', 'transient', 'resource', 'fatal', 'cancelled'].includes(String(text));

/** By what the error means for a command that ends with it. */
const statusByExit: { [exit in (typeof errorTable)[ErrorCode]['exit']]: ContentfulStatusCode } = {
  1: 500,
  2: 400,
  3: 404,
  4: 403,
  5: 409,
  70: 500,
  75: 503,
  78: 500,
  124: 504,
  130: 409,
};

export function statusOf(error: unknown): ContentfulStatusCode {
  if (!(error instanceof HostError)) return 500;
  return error.code === 'PAYLOAD_TOO_LARGE' ? 413 : statusByExit[errorTable[error.code].exit];
}

/** The other way: what a client throws. A code of a newer host may be unknown here. */
export function errorOf(body: Partial<ErrorBody>): HostError {
  const { code, category, message, hint, details } = body;
  const known = typeof code === 'string' && Object.hasOwn(errorTable, code);
  return new HostError(known ? (code as ErrorCode) : 'INTERNAL', String(message), {
    ...(typeof hint === 'string' ? { hint } : {}),
    ...(known && isCategory(category) ? { category } : {}),
    details: { ...details, ...(known ? {} : { code }) },
  });
}
