import { BadValue, type ErrorCategory, type WireError, wireError } from '@capstan/protocol';
import { ToolError } from './errors.ts';

/** Longest stack that travels; the top of it is what matters. */
const tracebackCharacters = 16 * 1024;

/** Error codes of Node and its libraries that say who is at fault. The rest is fatal: most often a bug of the tool. */
const categoryOfCode: { readonly [code: string]: ErrorCategory } = {
  ENOENT: 'input',
  ENOTDIR: 'input',
  EISDIR: 'input',
  EACCES: 'input',
  EPERM: 'input',
  ERR_INVALID_URL: 'input',
  ECONNREFUSED: 'transient',
  ECONNRESET: 'transient',
  ECONNABORTED: 'transient',
  ENOTFOUND: 'transient',
  EHOSTUNREACH: 'transient',
  ENETUNREACH: 'transient',
  ETIMEDOUT: 'transient',
  EAI_AGAIN: 'transient',
  EPIPE: 'transient',
  EBUSY: 'transient',
  EAGAIN: 'transient',
  ABORT_ERR: 'transient',
  UND_ERR_CONNECT_TIMEOUT: 'transient',
  UND_ERR_HEADERS_TIMEOUT: 'transient',
  UND_ERR_SOCKET: 'transient',
  ENOMEM: 'resource',
  ENOSPC: 'resource',
  EDQUOT: 'resource',
  EMFILE: 'resource',
  ENFILE: 'resource',
  ERR_MEMORY_ALLOCATION_FAILED: 'resource',
  ERR_WORKER_OUT_OF_MEMORY: 'resource',
};

const codeOfCategory: { readonly [category in ErrorCategory]: string } = {
  input: 'INPUT_INVALID',
  transient: 'TOOL_UNAVAILABLE',
  resource: 'RESOURCE_EXHAUSTED',
  fatal: 'TOOL_FAILED',
  cancelled: 'CANCELLED',
};

/** Whatever was thrown, as it travels. A foreign error is classified by itself or its nearest known cause. */
export function toWireError(thrown: unknown): WireError {
  if (thrown instanceof ToolError) {
    return wireError({
      category: thrown.category,
      code: thrown.code,
      message: thrown.message,
      ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
      ...thrown.facts(),
      ...(thrown.cause === undefined ? {} : traceOf(thrown.cause)),
    });
  }
  if (thrown instanceof BadValue) {
    return wireError({ category: 'input', code: 'VALUE_INVALID', message: thrown.message });
  }
  const category = categoryOf(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return wireError({
    category,
    code: codeOfCategory[category],
    message: message === '' ? 'the tool failed without a message' : message,
    ...traceOf(thrown),
  });
}

function categoryOf(thrown: unknown): ErrorCategory {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const code: unknown = 'code' in error ? error.code : undefined;
    const known = typeof code === 'string' ? categoryOfCode[code] : undefined;
    if (known !== undefined) return known;
    if (error instanceof RangeError && /allocation failed/i.test(error.message)) return 'resource';
    if (error.name === 'TimeoutError') return 'transient';
  }
  return 'fatal';
}

function traceOf(thrown: unknown): Pick<WireError, 'exception' | 'traceback'> {
  if (!(thrown instanceof Error)) return { exception: String(thrown) };
  const exception = `${thrown.name}: ${thrown.message}`;
  if (thrown.stack === undefined) return { exception };
  return { exception, traceback: thrown.stack.slice(0, tracebackCharacters) };
}
