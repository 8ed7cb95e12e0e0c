import type { Frame, JsonObject } from '@capstan/protocol';
import type { AnswerHeaders } from './http.ts';
import { valueOf } from './values.ts';

/** The header in which a worker reports what it did during a call. */
const accountsHeader = 'x-cjm-accounts';

/**
 * The accounts of a call, in the order they were recorded. One that is malformed is told to `onProblem` and
 * left out: it is a worker's word about itself, and no reason to lose its result.
 */
export function accountsOf(headers: AnswerHeaders, onProblem: (what: string) => void): Frame[] {
  const header = headers[accountsHeader];
  if (header === undefined) return [];
  let found: unknown;
  try {
    found = valueOf(Array.isArray(header) ? header.join(',') : header);
  } catch {
    onProblem('the header of accounts is not JSON');
    return [];
  }
  if (!Array.isArray(found)) {
    onProblem('the header of accounts is not a list');
    return [];
  }
  return found.flatMap((one: unknown): Frame[] => {
    const { event_type: type, payload } = isObject(one) ? one : {};
    if (typeof type === 'string' && type !== '' && (payload === undefined || isObject(payload))) {
      return [{ event: 'account', type, payload: payload ?? {} }];
    }
    onProblem(
      `an account without a type or with a payload that is no object: ${JSON.stringify(one)}`,
    );
    return [];
  });
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
