import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HostError } from '../errors.ts';
import { refuseForeigners, requireJson, requireToken } from './door.ts';
import { errorBody, statusOf } from './errors.ts';
import { handlers, type Serving } from './handlers.ts';
import { readObject } from './read.ts';
import { type Route, type RouteName, routes } from './routes.ts';

export interface ControlOptions extends Serving {
  token: string;
}

/**
 * The requests a running host answers to the same user's other processes: those of the table in
 * `routes.ts`, each with its own limit. Denies by default: a wrong `Host`, any `Origin` (a browser), a
 * missing or wrong token, an unknown path and a body that is not JSON end before a handler is reached.
 *
 *     POST /v1/jobs {"jobs": [{"capability": "speech", "action": "transcribe", "input": {…}}]}
 *     GET  /v1/events?after=120&live=1
 */
export function controlApp({ token, ...serving }: ControlOptions): Hono {
  const app = new Hono();
  app.use(refuseForeigners, requireToken(token));
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const answer = (context: Context): Promise<Response> => handle(name, route, context, serving);
    if (route.effect === 'reads') app.get(route.path, answer);
    else app.post(route.path, requireJson, limitBody(route.bodyBytes), answer);
  }
  app.notFound((context) =>
    context.json({ error: { code: 'NOT_FOUND', message: 'no such request' } }, 404),
  );
  app.onError((error, context) => context.json({ error: errorBody(error) }, statusOf(error)));
  return app;
}

async function handle(
  name: RouteName,
  { effect }: Route,
  context: Context,
  serving: Serving,
): Promise<Response> {
  const { req } = context;
  const params = req.param() as { id?: string; name?: string };
  const answer = await handlers[name](
    {
      param: params.id ?? params.name ?? '',
      query: req.query(),
      body: effect === 'reads' ? {} : readObject(await req.text()),
      signal: req.raw.signal,
    },
    serving,
  );
  return answer instanceof Response ? answer : context.json(answer);
}

const limitBody = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new HostError('PAYLOAD_TOO_LARGE', `the request is larger than ${maxSize} bytes`, {
        hint: 'Put large data into a file, and give the file.',
        details: { maxBytes: maxSize },
      });
    },
  });
