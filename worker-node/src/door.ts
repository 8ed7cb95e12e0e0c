import type { IncomingMessage } from 'node:http';
import { BadValue, headers, isCallId, limits, type WireError, wireError } from '@capstan/protocol';

/** A request the worker turns away before the capability sees it. */
export class Refused extends Error {
  readonly status: number;
  readonly error: WireError;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.error = wireError({ category: status === 412 ? 'fatal' : 'input', code, message });
  }
}

const hosts = /^(localhost|127\.0\.0\.1|\[::1\]|capstan)(:\d+)?$/;

/** Who may talk to this worker: whoever knows the token, and no page in somebody's browser. */
export function admit(request: IncomingMessage, token: string): void {
  const given = request.headers.authorization ?? '';
  if (!isSameText(given, `Bearer ${token}`)) {
    throw new Refused(401, 'UNAUTHORIZED', 'the request does not carry the token of this worker');
  }
  const host = request.headers.host ?? '';
  if (!hosts.test(host)) {
    throw new Refused(403, 'REQUEST_INVALID', `this worker is not ${JSON.stringify(host)}`);
  }
}

/** Compares in a time that depends on the length of what was given, never on how much of it is right. */
function isSameText(given: string, expected: string): boolean {
  let difference = given.length ^ expected.length;
  for (let index = 0; index < given.length; index++) {
    difference |= given.charCodeAt(index) ^ expected.charCodeAt(index % expected.length);
  }
  return difference === 0;
}

/** The body of a POST as JSON; an empty one is an empty object. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const {
    'content-length': length,
    'content-type': type,
    'transfer-encoding': encoding,
  } = request.headers;
  if ((length === undefined || length === '0') && encoding === undefined) return {};
  if (type === undefined || !/^application\/json\s*(;|$)/i.test(type)) {
    throw new Refused(415, 'REQUEST_INVALID', 'a body must be application/json');
  }
  const text = await readText(request);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refused(400, 'REQUEST_INVALID', `the body is not JSON: ${(error as Error).message}`);
  }
}

function readText(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limits.requestBytes) chunks.push(chunk);
      else chunks.length = 0;
      // A caller that is still sending may not see an answer, so the rest is read and dropped first; but
      // not for ever.
      if (bytes > 8 * limits.requestBytes) reject(tooLarge());
    });
    request.on('end', () => {
      if (bytes > limits.requestBytes) reject(tooLarge());
      else resolve((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('utf8'));
    });
    request.on('error', reject);
    request.on('close', () => reject(new Error('the caller went away')));
  });
}

const tooLarge = (): Refused =>
  new Refused(
    413,
    'REQUEST_TOO_LARGE',
    `a body may have ${limits.requestBytes} bytes; pass larger things as files`,
  );

/** What the headers of a call say. */
export interface CallHeaders {
  callId: string;
  deadlineMs: number | null;
  fence: number | null;
  wantsFrames: boolean;
}

export function readCallHeaders(request: IncomingMessage): CallHeaders {
  const callId = request.headers[headers.call] ?? `call_${crypto.randomUUID()}`;
  if (typeof callId !== 'string' || !isCallId(callId)) {
    throw new Refused(400, 'REQUEST_INVALID', `${headers.call} must match [A-Za-z0-9_-]{1,64}`);
  }
  return {
    callId,
    deadlineMs: readWhole(request, headers.deadlineMs),
    fence: readWhole(request, headers.fence),
    wantsFrames: request.headers.accept?.includes('application/x-ndjson') ?? false,
  };
}

function readWhole(request: IncomingMessage, name: string): number | null {
  const text = request.headers[name];
  if (text === undefined) return null;
  if (typeof text === 'string' && /^\d{1,15}$/.test(text)) return Number(text);
  throw new Refused(400, 'REQUEST_INVALID', `${name} must be a whole number`);
}

/** Whatever ended a request early, as a status and an error. */
export function asRefusal(thrown: unknown): Refused | null {
  if (thrown instanceof Refused) return thrown;
  if (thrown instanceof BadValue) return new Refused(400, 'VALUE_INVALID', thrown.message);
  return null;
}
