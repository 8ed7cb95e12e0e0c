import type { Json } from '@capstan/protocol';
import { type ErrorCode, errorTable } from '../error-table.ts';
import { HostError } from '../errors.ts';
import type { CallOutcome } from './answer.ts';

/** For callers to whom anything but a result is an exception. */
export function resultOrThrow(outcome: CallOutcome, path: string): Json {
  if (outcome.kind === 'result') return outcome.value;
  const { code, category, message, hint } = outcome.error;
  throw new HostError(isErrorCode(code) ? code : 'WORKER_PROTOCOL', message, {
    category,
    ...(hint === undefined ? {} : { hint }),
    details: { path, error: outcome.error },
  });
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorTable, code);
