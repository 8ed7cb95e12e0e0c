import {
  type ErrorCategory,
  type Json,
  type TracebackPolicy,
  type WireError,
  wireError,
} from '@capstan/protocol';

/** How that protocol calls a category, and what ours calls it, with the code of an error that has no better. */
const categories: { readonly [theirs: string]: { category: ErrorCategory; code: string } } = {
  user_input: { category: 'input', code: 'INPUT_INVALID' },
  transient: { category: 'transient', code: 'TOOL_UNAVAILABLE' },
  resource: { category: 'resource', code: 'RESOURCE_EXHAUSTED' },
  fatal: { category: 'fatal', code: 'TOOL_FAILED' },
};

/** A cancelled call has no category of its own there; its exception's name tells it. */
const cancelledName = 'CapabilityCancelledError';

/** The error of a `_job_error` body. Null when it is none: not an object, or without a message. */
export function errorOf(body: unknown, label: string): WireError | null {
  if (!isRecord(body)) return null;
  const { category, message, original_exc_repr: repr, traceback, occurred_at: at } = body;
  if (typeof message !== 'string') return null;
  const exception = typeof repr === 'string' && repr !== '' ? repr : undefined;
  if (exception?.startsWith(cancelledName) === true) return cancelledError(label, message);
  const known = typeof category === 'string' ? categories[category] : undefined;
  const { category: ours, code } = known ?? { category: 'fatal' as const, code: 'TOOL_FAILED' };
  return wireError({
    category: ours,
    code: exception?.startsWith('CapabilityConfigError') === true ? 'CONFIG_INVALID' : code,
    message: message === '' ? (exception ?? `${label} failed without a message`) : message,
    // There an input error counts as retriable, since a person may try again with other input; here the
    // host would do so by itself, with the same.
    retriable: (ours === 'transient' || ours === 'resource') && body['retriable'] !== false,
    ...(exception === undefined ? {} : { exception }),
    ...(typeof traceback === 'string' ? { traceback } : {}),
    ...(typeof at === 'string' && !Number.isNaN(Date.parse(at))
      ? { occurredAt: new Date(at).toISOString() }
      : {}),
    ...sideData(body),
  });
}

function sideData(body: { [key: string]: unknown }): Partial<WireError> {
  const { retry_after_seconds: after, fields_invalid: fields, resource_shortfall: lack } = body;
  return {
    ...(typeof after === 'number' && Number.isFinite(after) ? { retryAfterS: after } : {}),
    ...(Array.isArray(fields) && fields.length > 0 ? { fieldsInvalid: fields.map(String) } : {}),
    ...(isRecord(lack) && typeof lack['resource'] === 'string'
      ? {
          shortfall: {
            resource: lack['resource'],
            needed: amount(lack['needed']),
            available: amount(lack['available']),
          },
        }
      : {}),
  };
}

/**
 * What an answer that is not 200 says. 409 is a cancelled call; a `detail` is a refusal by the worker's own
 * frame, and any other body is a failure of that frame itself.
 */
export function refusalOf(status: number, text: string, path: string, label: string): WireError {
  const body = parsed(text);
  const told = isRecord(body) ? errorOf(body['_job_error'], label) : null;
  if (told !== null) return told;
  const detail = isRecord(body) ? detailOf(body['detail'] as Json) : null;
  if (status === 409) return cancelledError(label, detail ?? '');
  const said = detail ?? (text.trim() === '' ? 'nothing more' : quote(text));
  if (status === 404 && path === '/task') {
    return wireError({ category: 'input', code: 'TASK_NOT_FOUND', message: `${label}: ${said}` });
  }
  if (status === 404 || status === 405 || status === 501) {
    return wireError({
      category: 'fatal',
      code: 'NOT_SUPPORTED',
      message: `${label} has no ${path.slice(1)}: ${said}`,
    });
  }
  const what = path === '/initialize' ? 'refused its configuration' : `failed at ${path}`;
  const message = detail === null ? `${label} ${what} (status ${status}): ${said}` : detail;
  return wireError({ category: 'fatal', code: 'TOOL_FAILED', message });
}

/**
 * An error as far as its user wants to see exceptions. That worker always tells all of them, so they are
 * taken out here; what it prints is not.
 */
export function underPolicy(error: WireError, policy: TracebackPolicy): WireError {
  if (policy === 'full') return error;
  const { traceback: _, ...shown } = error;
  if (policy === 'repr-only') return shown;
  const { exception, ...told } = shown;
  const type = exception === undefined ? null : /^\w+/.exec(exception)?.[0];
  const isMeant = type === null || type === undefined || type.startsWith('Capability');
  return isMeant ? told : { ...told, message: type };
}

const cancelledError = (label: string, message: string): WireError =>
  wireError({
    category: 'cancelled',
    code: 'CANCELLED',
    message: message === '' || message === label ? `${label}: the call was cancelled` : message,
  });

/** Text, or what that frame's validator lists. */
function detailOf(detail: Json | undefined): string | null {
  if (typeof detail === 'string') return detail;
  return detail === undefined || detail === null ? null : JSON.stringify(detail);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const amount = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

const isRecord = (value: unknown): value is { [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const quote = (text: string): string =>
  JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}…` : text);
