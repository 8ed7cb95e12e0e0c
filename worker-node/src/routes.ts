import {
  type Json,
  type JsonObject,
  protocolVersions,
  type WireError,
  wireValue,
} from '@capstan/protocol';
import { checkedInput, isAsyncIterable, listOf } from './actions.ts';
import { type Answer, framedText } from './answer.ts';
import { type Calls, jsonOf } from './calls.ts';
import { toWireError } from './classify.ts';
import type { CallContext } from './context.ts';
import { Refused } from './door.ts';
import { reviveValues } from './files.ts';
import { didYouMean } from './did-you-mean.ts';
import { sdk } from './sdk.ts';
import type { Tool } from './tool.ts';

type Work = (call: CallContext, answer: Pick<Answer, 'chunk'>) => unknown;

/**
 * What an endpoint does. `now` answers at once and never waits for the tool; `call` is a call, with an id,
 * a cancel and a deadline, and says first whether it exists at all.
 */
export type Route =
  | { kind: 'now'; answer: (body: JsonObject) => Json | Promise<Json> }
  | { kind: 'call'; streams?: true; prepare: (body: JsonObject, inputs: Set<string>) => Work };

export type Routes = { readonly [methodAndPath: string]: Route };

export function routesOf(tool: Tool, calls: Calls): Routes {
  const { capability } = tool;
  const get = (answer: () => Json | Promise<Json>): Route => ({ kind: 'now', answer });
  const call = (work: (body: JsonObject, context: CallContext) => unknown): Route => ({
    kind: 'call',
    prepare: (body) => (context) => work(body, context),
  });
  return {
    'GET /health': get(() => health(tool, calls)),
    'GET /progress': get(() => ({ calls: calls.progress() })),
    'GET /stats': get(async () => (await import('./stats.ts')).stats(calls.lastUsage)),
    'GET /structural_surface': get(async () =>
      (await import('./surface.ts')).surfaceJson(capability, tool.fields),
    ),
    'GET /config_schema': get(() => wireValue(capability.getConfigSchema())),
    'GET /config': get(() => wireValue(capability.getCurrentConfig())),
    'GET /config_options': get(async () => wireValue(await capability.getConfigOptions())),
    'POST /cancel': { kind: 'now', answer: (body) => cancel(tool, calls, body) },

    'POST /initialize': call((config, context) => tool.initialize(config, context)),
    'POST /reconfigure': call((body, context) => tool.reconfigure(body, context)),
    'POST /prefetch': call(hook(tool, 'prefetch', 'prefetched')),
    'POST /on_enable': call(hook(tool, 'onEnable', 'enabled')),
    'POST /on_disable': call(hook(tool, 'onDisable', 'disabled')),
    'POST /release': call(hook(tool, 'freeMemory', 'released')),
    'POST /cleanup': call(hook(tool, 'cleanup', 'cleaned')),

    'POST /execute': {
      kind: 'call',
      prepare: (body, inputs) => {
        const kwargs = executeKwargs(body, inputs);
        return (context) => capability.execute(kwargs, context);
      },
    },
    'POST /execute_stream': {
      kind: 'call',
      streams: true,
      prepare: (body, inputs) => {
        const send: Finish = async (parts, context, answer) => {
          let count = 0;
          for await (const part of isAsyncIterable(parts) ? parts : [parts]) {
            context.checkCancel();
            count += 1;
            const chunk = framedText(part) ?? jsonOf(part, context, inputs, `chunk-${count}`);
            await answer.chunk(chunk);
            // A tool that never waits would keep the first value back until the buffers are full.
            if (count === 1) await turnOfOthers();
          }
          return null;
        };
        if (body['task'] !== undefined) return prepareTask(tool, body, inputs, send);
        const kwargs = executeKwargs(body, inputs);
        return (context, answer) =>
          send(capability.executeStream(kwargs, context), context, answer);
      },
    },
    'POST /task': {
      kind: 'call',
      prepare: (body, inputs) =>
        prepareTask(tool, body, inputs, (returned) =>
          isAsyncIterable(returned) ? listOf(returned) : returned,
        ),
    },
    ...monitorRoutes(tool),
  };
}

function health({ capability, adapters }: Tool, calls: Calls): Json {
  return {
    status: 'running',
    pid: process.pid,
    name: capability.name,
    version: capability.version,
    protocol: [...protocolVersions],
    sdk,
    uptimeS: process.uptime(),
    inFlight: calls.count,
    tasks: [...adapters.keys()].toSorted(),
  };
}

function cancel({ capability }: Tool, calls: Calls, body: JsonObject): Json {
  const { call, reason } = body;
  if (call !== undefined && typeof call !== 'string') {
    throw new Refused(400, 'REQUEST_INVALID', '"call" must be the id of a call');
  }
  const text = typeof reason === 'string' ? reason : '';
  const stopped = calls.cancel(call, text);
  for (const id of stopped) capability.cancel?.(id, text);
  return { status: stopped.length > 0 ? 'cancelled' : 'not_running' };
}

/** A lifecycle method without arguments, which a capability may lack. */
function hook(
  { capability }: Tool,
  name: 'prefetch' | 'onEnable' | 'onDisable' | 'freeMemory' | 'cleanup',
  done: string,
): (body: JsonObject, context: CallContext) => Promise<Json> {
  return async (_, context) => {
    if (capability[name] === undefined) return { status: 'not_supported' };
    await capability[name](context);
    return { status: done };
  };
}

/** Files of the arguments become objects with a path; the paths are remembered, since a call may return them. */
function executeKwargs(body: JsonObject, inputs: Set<string>): { [name: string]: unknown } {
  const { args = [] } = body;
  if (!Array.isArray(args) || args.length > 0) {
    throw new Refused(
      400,
      'REQUEST_INVALID',
      '"args" must be []: the inputs of an action have names',
    );
  }
  return readKwargs(body, inputs);
}

function readKwargs(body: JsonObject, inputs: Set<string>): { [name: string]: unknown } {
  const kwargs = wireValue(body['kwargs'] ?? {});
  if (typeof kwargs !== 'object' || kwargs === null || Array.isArray(kwargs)) {
    throw new Refused(400, 'REQUEST_INVALID', '"kwargs" must be an object');
  }
  return reviveValues(kwargs, inputs) as { [name: string]: unknown };
}

const turnOfOthers = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What becomes of that which a method returned. */
type Finish = (returned: unknown, ...call: Parameters<Work>) => unknown;

function prepareTask(
  { adapters }: Tool,
  body: JsonObject,
  inputs: Set<string>,
  finish: Finish,
): Work {
  const { task, method } = body;
  const adapter = typeof task === 'string' ? adapters.get(task) : undefined;
  if (adapter === undefined) {
    const known = [...adapters.keys()];
    throw new Refused(
      404,
      'TASK_NOT_FOUND',
      `no adapter is bound for ${quoted(task)}; ${didYouMean(String(task), known)}`,
    );
  }
  const isPublic =
    typeof method === 'string' && /^[A-Za-z]/.test(method) && method !== 'constructor';
  const perform: unknown = isPublic ? Reflect.get(adapter.instance, method) : undefined;
  if (typeof perform !== 'function' || Object.hasOwn(Object.prototype, String(method))) {
    throw new Refused(
      404,
      'TASK_NOT_FOUND',
      `the task ${quoted(task)} has no method ${quoted(method)}`,
    );
  }
  const kwargs = readKwargs(body, inputs);
  const declared = adapter.methods[String(method)];
  return (context, answer) =>
    withAccount(context, String(task), String(method), async () => {
      const input = declared === undefined ? kwargs : checkedInput(declared, kwargs);
      const returned: unknown = await perform.call(adapter.instance, input, context);
      return finish(returned, context, answer);
    });
}

/** Every task leaves an account: which, whether it went well, how long it took, whose fault it was. */
async function withAccount(
  context: CallContext,
  task: string,
  method: string,
  work: () => Promise<unknown>,
): Promise<unknown> {
  const start = performance.now();
  const account = (failure: WireError | null): void => {
    const duration_s = Math.round((performance.now() - start) * 1000) / 1_000_000;
    const end = failure === null ? {} : { error_category: failure.category };
    context.account('task_account', { task, method, ok: failure === null, duration_s, ...end });
  };
  try {
    const result = await work();
    account(context.endedBy());
    return result;
  } catch (error) {
    account(context.endedBy() ?? toWireError(error));
    throw error;
  }
}

/** Only a capability that watches the machine has these; others do not know the endpoints. */
function monitorRoutes({ capability }: Tool): Routes {
  const routes: { [path: string]: Route } = {};
  const add = (path: string, method: 'getSystemStatus' | 'listProcesses'): void => {
    if (capability[method] === undefined) return;
    routes[path] = { kind: 'call', prepare: () => () => capability[method]?.() };
  };
  add('POST /get_system_status', 'getSystemStatus');
  add('POST /list_processes', 'listProcesses');
  return routes;
}

const quoted = (value: unknown): string => JSON.stringify(value) ?? 'nothing';
