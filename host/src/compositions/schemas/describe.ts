import { isObject } from '../composition.ts';
import { alternatives, isFile, resolve, type SchemaAt } from './navigate.ts';

/** A type in a few characters: `string[]`, `file`, `integer | null`, `"fast" | "good"`; `any` if unsaid. */
export function describeType(at: SchemaAt, depth = 0): string {
  const names = alternatives(at).map((choice) => describeOne(choice, depth));
  return [...new Set(names)].join(' | ') || 'any';
}

function describeOne(at: SchemaAt, depth: number): string {
  const { schema, root } = resolve(at);
  if (isFile({ schema, root })) return 'file';
  if ('const' in schema) return JSON.stringify(schema['const']);
  const values = schema['enum'];
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join(' | ');
  const type = schema['type'];
  if (type === 'array') {
    const items = schema['items'];
    const inner =
      isObject(items) && depth < 4 ? describeType({ schema: items, root }, depth + 1) : 'any';
    return inner.includes(' ') ? `(${inner})[]` : `${inner}[]`;
  }
  if (typeof type === 'string') return type;
  return isObject(schema['properties']) ? 'object' : 'any';
}

/** The form a user is expected to write, as a noun: `a whole number`, `a list of files`. */
export function describeExpected(at: SchemaAt, depth = 0): string {
  const names = alternatives(at).map((choice) => expectedOne(choice, depth));
  return [...new Set(names)].join(' or ');
}

/** What users call the types of JSON Schema. */
export const nouns: { [type: string]: [one: string, many: string] } = {
  string: ['text', 'texts'],
  integer: ['a whole number', 'whole numbers'],
  number: ['a number', 'numbers'],
  boolean: ['true or false', 'true or false each'],
  null: ['nothing (null)', 'nulls'],
  object: ['a mapping (JSON object)', 'mappings'],
  array: ['a list', 'lists'],
};

function expectedOne(at: SchemaAt, depth: number): string {
  const { schema, root } = resolve(at);
  if (isFile({ schema, root })) return 'the path of a file';
  if ('const' in schema) return JSON.stringify(schema['const']);
  const values = schema['enum'];
  if (Array.isArray(values))
    return `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`;
  const type = schema['type'];
  if (type !== 'array')
    return (typeof type === 'string' ? nouns[type]?.[0] : undefined) ?? 'any value';
  const items = schema['items'];
  if (!isObject(items) || depth > 3) return 'a list';
  const item = resolve({ schema: items, root });
  if (isFile(item)) return 'a list of paths of files';
  const itemType = item.schema['type'];
  return `a list of ${(typeof itemType === 'string' ? nouns[itemType]?.[1] : undefined) ?? 'values'}`;
}
