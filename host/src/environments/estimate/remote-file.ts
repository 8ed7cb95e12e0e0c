import { open, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defaults } from '../../defaults.ts';

/** The end of a file somewhere, and how long the whole of it is. */
export interface Tail {
  size: number;
  bytes: Buffer;
}

/** Its length, by asking for no more than its head; null when it cannot be learned. */
export async function sizeOf(url: string, signal?: AbortSignal): Promise<number | null> {
  if (url.startsWith('file:')) {
    return stat(fileURLToPath(url)).then(
      ({ size }) => size,
      () => null,
    );
  }
  const answer = await request(url, { method: 'HEAD' }, signal);
  const length = answer?.ok === true ? Number(answer.headers.get('content-length')) : 0;
  return length > 0 ? length : null;
}

/** The last bytes of a file; null where only the whole can be had. */
export async function tailOf(
  url: string,
  bytes: number,
  signal?: AbortSignal,
): Promise<Tail | null> {
  if (url.startsWith('file:')) return tailOfFile(fileURLToPath(url), bytes).catch(() => null);
  const answer = await request(url, { headers: { range: `bytes=-${bytes}` } }, signal);
  const size = Number(/\/(\d+)$/.exec(answer?.headers.get('content-range') ?? '')?.[1]);
  if (answer?.status !== 206 || !(size > 0)) {
    await answer?.body?.cancel().catch(() => {});
    return null;
  }
  return { size, bytes: Buffer.from(await answer.arrayBuffer()) };
}

export async function jsonOf(url: string, signal?: AbortSignal): Promise<unknown> {
  const answer = await request(url, { headers: { accept: 'application/json' } }, signal);
  if (answer?.ok !== true) return null;
  return answer.json().catch(() => null);
}

async function tailOfFile(path: string, bytes: number): Promise<Tail> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = Math.min(bytes, size);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return { size, bytes: buffer };
  } finally {
    await file.close();
  }
}

/** Null for whatever keeps an answer from coming: a size that is not known is no failure. */
async function request(
  url: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> },
  signal: AbortSignal | undefined,
): Promise<Response | null> {
  const limit = AbortSignal.timeout(defaults.sizeRequestMs);
  try {
    const { address, authorization } = withoutCredentials(url);
    return await fetch(address, {
      method,
      headers: authorization === null ? headers : { ...headers, authorization },
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
  } catch {
    return null;
  }
}

/** A private index may have a password in its address, where `fetch` takes none. */
function withoutCredentials(url: string): { address: string; authorization: string | null } {
  const parsed = new URL(url);
  const { username, password } = parsed;
  if (username === '') return { address: url, authorization: null };
  parsed.username = '';
  parsed.password = '';
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { address: parsed.href, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}
