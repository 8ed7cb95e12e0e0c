import type { JsonSchema } from '@capstan/protocol';
import { isObject, own } from '../composition.ts';
import { alternatives, isFile, resolve, type SchemaAt } from './navigate.ts';

/**
 * Whether a value that follows `from` can be given where `to` is expected. Says no only where the two
 * schemas leave no doubt: what either leaves open is for the call itself to find out. Of several
 * alternatives one that fits is enough.
 */
export function isAssignable(from: SchemaAt, to: SchemaAt, depth = 0): boolean {
  if (depth > 8) return true;
  const targets = alternatives(to);
  return alternatives(from).some((source) =>
    targets.some((target) => oneAssignable(resolve(source), resolve(target), depth)),
  );
}

function oneAssignable(from: SchemaAt, to: SchemaAt, depth: number): boolean {
  const source = typeOf(from);
  const target = typeOf(to);
  if (source === undefined || target === undefined) return true;
  if (source !== target && !(source === 'integer' && target === 'number')) return false;
  if (!valuesOverlap(from.schema, to.schema)) return false;
  if (source === 'array') return itemsAssignable(from, to, depth);
  if (source === 'object') return propertiesAssignable(from, to, depth);
  return true;
}

function typeOf(at: SchemaAt): string | undefined {
  if (isFile(at)) return 'file';
  const { schema } = at;
  if (typeof schema['type'] === 'string') return schema['type'];
  if (isObject(schema['properties'])) return 'object';
  const values = constants(schema);
  const types = new Set(
    values?.map((value) =>
      value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value,
    ),
  );
  if (types.size !== 1) return undefined;
  const [only] = types;
  return only === 'number' && values?.every((value) => Number.isInteger(value)) ? 'integer' : only;
}

const constants = (schema: JsonSchema): unknown[] | undefined =>
  'const' in schema
    ? [schema['const']]
    : Array.isArray(schema['enum'])
      ? schema['enum']
      : undefined;

function valuesOverlap(from: JsonSchema, to: JsonSchema): boolean {
  const given = constants(from)?.map((value) => JSON.stringify(value));
  const taken = constants(to)?.map((value) => JSON.stringify(value));
  return given === undefined || taken === undefined || given.some((value) => taken.includes(value));
}

function itemsAssignable(from: SchemaAt, to: SchemaAt, depth: number): boolean {
  const given = from.schema['items'];
  const taken = to.schema['items'];
  if (!isObject(given) || !isObject(taken)) return true;
  return isAssignable(
    { schema: given, root: from.root },
    { schema: taken, root: to.root },
    depth + 1,
  );
}

function propertiesAssignable(from: SchemaAt, to: SchemaAt, depth: number): boolean {
  const given = from.schema['properties'];
  const taken = to.schema['properties'];
  if (!isObject(given) || !isObject(taken)) return true;
  const required = Array.isArray(to.schema['required']) ? to.schema['required'] : [];
  const isClosed =
    from.schema['additionalProperties'] === undefined ||
    from.schema['additionalProperties'] === false;
  return Object.entries(taken).every(([key, schema]) => {
    const source = own(given, key);
    if (source === undefined) return !(isClosed && required.includes(key));
    if (!isObject(source) || !isObject(schema)) return true;
    return isAssignable(
      { schema: source, root: from.root },
      { schema: schema, root: to.root },
      depth + 1,
    );
  });
}
