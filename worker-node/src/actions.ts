import { expandFiles, type JsonObject, type JsonSchema } from '@capstan/protocol';
import type { Action } from './capability.ts';
import { checkMembers } from './check.ts';
import type { Context } from './context.ts';
import { InputError } from './errors.ts';
import { didYouMean } from './did-you-mean.ts';
import { type DeclaredTable, schemaOf } from './table.ts';

type Described = Pick<Action, 'input'>;

const inputSchemas = new WeakMap<Described, JsonSchema>();

/** The schema of an action's input, from a table of inputs or a whole schema. Without either, anything goes. */
export function inputSchema(action: Described): JsonSchema {
  let schema = inputSchemas.get(action);
  if (schema === undefined) {
    schema = schemaFrom(action.input);
    inputSchemas.set(action, schema);
  }
  return schema;
}

function schemaFrom(input: Action['input']): JsonSchema {
  if (input === undefined) return schemaOf({});
  // a property called `type` is declared by an object; the keyword `type` is a word
  if (typeof input['type'] === 'string') return expandFiles(input as JsonObject);
  return schemaOf(input as DeclaredTable);
}

interface Actions {
  readonly actions: { readonly [name: string]: Action };
}

/** The result of an action; the parts of one that streams, as a list. */
export function performAction(
  capability: Actions,
  kwargs: { [name: string]: unknown },
  context: Context,
): unknown {
  const returned = start(capability, kwargs, context);
  return isAsyncIterable(returned) ? listOf(returned) : returned;
}

/** The parts of a stream as a list. */
export async function listOf(parts: AsyncIterable<unknown>): Promise<unknown[]> {
  const list: unknown[] = [];
  for await (const part of parts) list.push(part);
  return list;
}

/** The parts of an action's result as they come. */
export async function* streamAction(
  capability: Actions,
  kwargs: { [name: string]: unknown },
  context: Context,
): AsyncGenerator {
  const returned = start(capability, kwargs, context);
  if (isAsyncIterable(returned)) yield* returned;
  else yield await returned;
}

function start(
  { actions }: Actions,
  { action: name, ...given }: { [name: string]: unknown },
  context: Context,
): unknown {
  const action =
    typeof name === 'string' && Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) throw unknownAction(name, Object.keys(actions));
  return action.run(checkedInput(action, given), context);
}

/** Inputs with defaults filled in, or one error that names every field at fault. */
export function checkedInput(
  action: Described,
  given: { [name: string]: unknown },
): { [name: string]: unknown } {
  const { values, faults } = checkMembers(given, inputSchema(action));
  if (faults.length === 0) return values;
  throw new InputError(faults.map((fault) => fault.message).join('; '), {
    fields: faults.map((fault) => fault.field),
  });
}

function unknownAction(name: unknown, known: string[]): InputError {
  const message =
    typeof name === 'string'
      ? `there is no action ${JSON.stringify(name)}; ${didYouMean(name, known)}`
      : `kwargs.action must name an action; known are ${known.join(', ')}`;
  return new InputError(message, { code: 'ACTION_NOT_FOUND', fields: ['action'] });
}

export const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
