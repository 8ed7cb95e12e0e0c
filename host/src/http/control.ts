import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { errorTable } from '../error-table.ts';
import { HostError, messageOf } from '../errors.ts';

/** What the socket may ask of a host. */
export interface Controllable {
  cancel(id: string, reason: string): Promise<unknown>;
}

export interface ControlOptions {
  host: Controllable;
  token: string;
  /** What `GET /v1/health` answers. */
  health: () => { [fact: string]: string | number };
}

/** A socket has no name and no port; clients write this where HTTP wants one. */
export const controlHost = 'capstan.localhost';

/**
 * The requests a running host answers to the same user's other processes. Denies by default: wrong `Host`,
 * any `Origin` (a browser), a missing or wrong token, and unknown paths end before a handler is reached.
 *
 *     POST /v1/cancel {"id": "run_…", "reason": "…"}
 *     GET  /v1/health
 */
export function controlApp({ host, token, health }: ControlOptions): Hono {
  const app = new Hono();
  app.use(refuseForeigners, requireToken(token), bodyLimit({ maxSize: 64 * 1024 }));
  app.get('/v1/health', (context) => context.json(health()));
  app.post('/v1/cancel', async (context) => {
    const { id, reason } = readCancel(await context.req.text());
    return context.json({ cancelled: await host.cancel(id, reason) });
  });
  app.notFound((context) =>
    context.json({ error: { code: 'NOT_FOUND', message: 'no such request' } }, 404),
  );
  app.onError((error, context) => context.json({ error: errorBody(error) }, statusOf(error)));
  return app;
}

const refuseForeigners: MiddlewareHandler = async (context, next) => {
  const { headers } = context.req.raw;
  if (headers.get('host') !== controlHost || headers.has('origin')) {
    return context.json(
      { error: { code: 'FORBIDDEN', message: 'not a client of this socket' } },
      403,
    );
  }
  await next();
  return undefined;
};

function requireToken(token: string): MiddlewareHandler {
  const expected = digest(`Bearer ${token}`);
  return async (context, next) => {
    // Compared as digests: equal in length, and in constant time.
    if (!timingSafeEqual(digest(context.req.header('authorization') ?? ''), expected)) {
      return context.json({ error: { code: 'UNAUTHORIZED', message: 'the token is wrong' } }, 401);
    }
    await next();
    return undefined;
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function readCancel(text: string): { id: string; reason: string } {
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {}
  if (typeof body === 'object' && body !== null && 'id' in body && 'reason' in body) {
    const { id, reason } = body;
    if (typeof id === 'string' && typeof reason === 'string') return { id, reason };
  }
  throw new HostError('VALUE_INVALID', 'A cancel is {"id": text, "reason": text}.');
}

function errorBody(error: unknown): { [member: string]: unknown } {
  if (!(error instanceof HostError)) return { code: 'INTERNAL', message: messageOf(error) };
  const { code, category, message, hint, details } = error;
  return { code, category, message, ...(hint === undefined ? {} : { hint }), details };
}

function statusOf(error: unknown): 400 | 404 | 500 | 503 {
  if (!(error instanceof HostError)) return 500;
  const { exit } = errorTable[error.code];
  return exit === 3 ? 404 : exit === 2 ? 400 : exit === 75 ? 503 : 500;
}
