import type { ErrorCategory, WireError } from './messages.ts';

const categories: readonly ErrorCategory[] = [
  'input',
  'transient',
  'resource',
  'fatal',
  'cancelled',
];

/** Trying again can help when somebody else caused the failure: a busy service, a full machine. */
export const isRetriable = (category: ErrorCategory): boolean =>
  category === 'transient' || category === 'resource';

type Draft = Omit<WireError, 'retriable' | 'occurredAt'> & Partial<WireError>;

/** An error as it travels: `retriable` follows from the category and `occurredAt` is now, unless said. */
export function wireError(draft: Draft): WireError {
  return {
    ...draft,
    retriable: draft.retriable ?? isRetriable(draft.category),
    occurredAt: draft.occurredAt ?? new Date().toISOString(),
  };
}

/**
 * An error somebody else wrote, reduced to the fields of the protocol. Null when a required field is
 * missing or of the wrong type; an optional field of the wrong type is dropped, since the rest still helps.
 */
export function readWireError(value: unknown): WireError | null {
  if (typeof value !== 'object' || value === null) return null;
  const found = value as { [key: string]: unknown };
  const category = categories.find((known) => known === found['category']);
  const { code, message, retriable, occurredAt } = found;
  if (category === undefined || typeof code !== 'string' || typeof message !== 'string')
    return null;
  if (typeof retriable !== 'boolean' || typeof occurredAt !== 'string') return null;
  const error: WireError = { category, code, message, retriable, occurredAt };
  for (const key of ['hint', 'exception', 'traceback'] as const) {
    const text = found[key];
    if (typeof text === 'string') error[key] = text;
  }
  if (typeof found['retryAfterS'] === 'number') error.retryAfterS = found['retryAfterS'];
  const fields = found['fieldsInvalid'];
  if (Array.isArray(fields) && fields.every((field) => typeof field === 'string')) {
    error.fieldsInvalid = fields;
  }
  const shortfall = readShortfall(found['shortfall']);
  if (shortfall !== undefined) error.shortfall = shortfall;
  return error;
}

function readShortfall(value: unknown): WireError['shortfall'] {
  if (typeof value !== 'object' || value === null) return undefined;
  const { resource, needed, available } = value as { [key: string]: unknown };
  if (typeof resource !== 'string') return undefined;
  return { resource, needed: amount(needed), available: amount(available) };
}

const amount = (value: unknown): number | null => (typeof value === 'number' ? value : null);
