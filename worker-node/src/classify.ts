import {
  BadValue,
  type ErrorCategory,
  type TracebackPolicy,
  type WireError,
  wireError,
} from '@capstan/protocol';
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
  ERR_INVALID_ARG_TYPE: 'input',
  ERR_INVALID_ARG_VALUE: 'input',
  ERR_OUT_OF_RANGE: 'input',
  EINTR: 'transient',
  EWOULDBLOCK: 'transient',
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

/** What there was too little of. */
const resourceOfCode: { readonly [code: string]: string } = {
  ENOMEM: 'system_ram_mb',
  ERR_MEMORY_ALLOCATION_FAILED: 'system_ram_mb',
  ERR_WORKER_OUT_OF_MEMORY: 'system_ram_mb',
  ENOSPC: 'disk_mb',
  EDQUOT: 'disk_mb',
};

const codeOfCategory: { readonly [category in ErrorCategory]: string } = {
  input: 'INPUT_INVALID',
  transient: 'TOOL_UNAVAILABLE',
  resource: 'RESOURCE_EXHAUSTED',
  fatal: 'TOOL_FAILED',
  cancelled: 'CANCELLED',
};

/** CUDA says in words what it lacks. */
const cudaOutOfMemory = /CUDA (?:error: )?out of memory/i;
const cudaAmounts = {
  needed: /Tried to allocate ([\d.]+) ([KMG])i?B/i,
  available: /([\d.]+) ([KMG])i?B (?:is )?free/i,
};
const mebibytes: { readonly [unit: string]: number } = { K: 1 / 1024, M: 1, G: 1024 };

let policy: TracebackPolicy = 'full';

/** What of a tool's own exceptions may leave the worker. The start line says. */
export function setTracebackPolicy(wanted: TracebackPolicy = 'full'): void {
  policy = wanted;
}

/** An error's stack as a log record may carry it. */
export function loggedTrace(error: unknown): string | undefined {
  const { exception, traceback } = traceOf(error);
  return error instanceof Error ? (traceback ?? exception) : undefined;
}

/** Whatever was thrown, as it travels. A foreign error is classified by itself or its nearest known cause. */
export function toWireError(thrown: unknown): WireError {
  if (thrown instanceof ToolError) {
    return wireError({
      category: thrown.category,
      code: thrown.code,
      message: thrown.message,
      ...(thrown.retriable === undefined ? {} : { retriable: thrown.retriable }),
      ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
      ...thrown.facts(),
      ...(thrown.cause === undefined ? {} : traceOf(thrown.cause)),
    });
  }
  if (thrown instanceof BadValue) {
    return wireError({ category: 'input', code: 'VALUE_INVALID', message: thrown.message });
  }
  const { category, shortfall } = classified(thrown);
  return wireError({
    category,
    code: codeOfCategory[category],
    message: messageOf(thrown),
    ...(shortfall === undefined ? {} : { shortfall }),
    ...traceOf(thrown),
  });
}

function messageOf(thrown: unknown): string {
  if (policy === 'none') {
    return `the tool failed: ${thrown instanceof Error ? thrown.name : typeof thrown}`;
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message === '' ? 'the tool failed without a message' : message;
}

type Classified = Pick<WireError, 'category' | 'shortfall'>;

function classified(thrown: unknown): Classified {
  const seen = new Set<unknown>();
  for (let error = thrown; error instanceof Error && !seen.has(error); error = error.cause) {
    seen.add(error);
    const found = classifiedAlone(error);
    if (found !== null) return found;
  }
  return { category: 'fatal' };
}

function classifiedAlone(error: Error): Classified | null {
  if (error instanceof ToolError) {
    const { shortfall } = error.facts();
    return { category: error.category, ...(shortfall === undefined ? {} : { shortfall }) };
  }
  if (cudaOutOfMemory.test(error.message)) {
    return { category: 'resource', shortfall: lacking('gpu_vram_mb', error.message) };
  }
  const { code, errno, syscall } = error as NodeJS.ErrnoException;
  const known = typeof code === 'string' ? categoryOfCode[code] : undefined;
  const resource = typeof code === 'string' ? resourceOfCode[code] : undefined;
  if (known !== undefined) {
    return { category: known, ...(resource === undefined ? {} : { shortfall: lacking(resource) }) };
  }
  if (error instanceof RangeError && /allocation failed/i.test(error.message)) {
    return { category: 'resource', shortfall: lacking('system_ram_mb') };
  }
  if (error.name === 'TimeoutError') return { category: 'transient' };
  // what the operating system refused for any other reason may pass
  return typeof errno === 'number' && typeof syscall === 'string'
    ? { category: 'transient' }
    : null;
}

function lacking(resource: string, text = ''): NonNullable<WireError['shortfall']> {
  const amount = (pattern: RegExp): number | null => {
    const [, number, unit] = pattern.exec(text) ?? [];
    if (number === undefined || unit === undefined) return null;
    const found = Number(number) * (mebibytes[unit.toUpperCase()] ?? Number.NaN);
    return Math.round(found * 100) / 100;
  };
  return {
    resource,
    needed: amount(cudaAmounts.needed),
    available: amount(cudaAmounts.available),
  };
}

function traceOf(thrown: unknown): Pick<WireError, 'exception' | 'traceback'> {
  if (policy === 'none') return {};
  if (!(thrown instanceof Error)) return { exception: String(thrown) };
  const exception = `${thrown.name}: ${thrown.message}`;
  if (thrown.stack === undefined || policy === 'repr-only') return { exception };
  return { exception, traceback: thrown.stack.slice(0, tracebackCharacters) };
}
