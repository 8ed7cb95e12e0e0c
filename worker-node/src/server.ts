import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type JsonObject, readEnvelope } from '@capstan/protocol';
import { answerError, answerJson, FrameAnswer, PlainAnswer } from './answer.ts';
import type { Calls } from './calls.ts';
import { toWireError } from './classify.ts';
import { admit, asRefusal, readBody, readCallHeaders, Refused } from './door.ts';
import type { Route, Routes } from './routes.ts';

/**
 * An `import` of this module looks at each of its exports, which loads the whole of undici for three of
 * them: 30 ms and 13 MB of every worker, for nothing.
 */
const { createServer } = process.getBuiltinModule('node:http');

/** Of what a stream has to say before it waits for its reader: some chunks of a common size. */
const highWaterMark = 128 * 1024;

/** The HTTP face of a worker. It knows who may ask and how to answer; `routes` know what. */
export function createWorkerServer(token: string, routes: Routes, calls: Calls): Server {
  const server = createServer(
    { keepAlive: true, noDelay: true, highWaterMark },
    (request, response) => {
      response.sendDate = false;
      serve(request, response, token, routes, calls).catch((error: unknown) =>
        answerFailure(response, error),
      );
    },
  );
  // The host keeps its connections for the worker's life, and a call may take hours.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  return server;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  routes: Routes,
  calls: Calls,
): Promise<void> {
  admit(request, token);
  const route = findRoute(request, routes);
  const body = request.method === 'POST' ? await readBody(request) : {};
  if (!isObject(body)) throw new Refused(400, 'REQUEST_INVALID', 'the body must be a JSON object');
  if (route.kind === 'now') answerJson(response, 200, await route.answer(body));
  else await serveCall(request, response, route, body, calls);
}

async function serveCall(
  request: IncomingMessage,
  response: ServerResponse,
  route: Extract<Route, { kind: 'call' }>,
  body: JsonObject,
  calls: Calls,
): Promise<void> {
  const headers = readCallHeaders(request);
  const isStream = headers.wantsFrames || route.streams === true;
  const answer = isStream ? new FrameAnswer(response) : new PlainAnswer(response);
  const inputs = new Set<string>();
  const work = route.prepare(body, inputs);
  const call = calls.open(headers, readEnvelope(body['envelope']), (frame) => answer.frame(frame));
  response.once('close', () => {
    if (!response.writableEnded) call.stop({ kind: 'cancelled', reason: 'the caller went away' });
  });
  answer.end(await calls.run(call, headers.deadlineMs, inputs, (context) => work(context, answer)));
}

function findRoute({ method, url = '' }: IncomingMessage, routes: Routes): Route {
  const path = url.split('?', 1)[0];
  const route = routes[`${method} ${path}`];
  if (route !== undefined) return route;
  const other = method === 'GET' ? 'POST' : 'GET';
  if (Object.hasOwn(routes, `${other} ${path}`)) {
    throw new Refused(405, 'REQUEST_INVALID', `${path} takes ${other}, not ${method}`);
  }
  throw new Refused(404, 'REQUEST_INVALID', `this worker has no ${method} ${path}`);
}

function answerFailure(response: ServerResponse, thrown: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const refusal = asRefusal(thrown);
  answerError(response, refusal?.status ?? 500, refusal?.error ?? toWireError(thrown));
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
