import { isTaggedFile, type Json, type JsonObject } from '@capstan/protocol';
import type { CallRequest } from '../request.ts';
import type { Ask } from './http.ts';

/**
 * The one action of a tool that has no tagged ones: a call of its `execute` with just the given arguments.
 * Any other action's name travels among the arguments, where a dispatching `execute` looks for it.
 */
export const plainAction = 'execute';

/** A call as that protocol writes it. It knows no call ids, deadlines and fences. */
export function askOf({ target, kwargs, envelope, stream }: CallRequest): Ask {
  const given = withPaths(kwargs) as JsonObject;
  const attribution = envelope === undefined ? {} : { envelope };
  if ('task' in target) {
    const { task, method } = target;
    return post('/task', { task, method, kwargs: given, ...attribution });
  }
  const { action } = target;
  const named = action === plainAction ? given : { ...given, action };
  return post(stream === true ? '/execute_stream' : '/execute', {
    args: [],
    kwargs: named,
    ...attribution,
  });
}

const post = (path: string, body: object): Ask => ({
  method: 'POST',
  path,
  body: JSON.stringify(body),
});

/** Files travel as their absolute paths there. Values tagged with any other kind pass as they are. */
function withPaths(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withPaths);
  if (isTaggedFile(value)) return value.data.path;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withPaths(item)]));
}
