import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';

/** A socket has no name and no port; clients write this where HTTP wants one. */
export const controlHost = 'capstan.localhost';

/**
 * Nobody but our own clients comes in: not a page in a browser (an `Origin`, or a name that was bound to
 * this socket), and not a process that could not read the token.
 */
export const refuseForeigners: MiddlewareHandler = async (context, next) => {
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

export function requireToken(token: string): MiddlewareHandler {
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

/** A form or a plain text can be sent from anywhere without asking; JSON cannot. */
export const requireJson: MiddlewareHandler = async (context, next) => {
  const [type = ''] = (context.req.header('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json') {
    return context.json(
      { error: { code: 'UNSUPPORTED_MEDIA_TYPE', message: 'a body is application/json' } },
      415,
    );
  }
  await next();
  return undefined;
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
