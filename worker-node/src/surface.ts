import type { Json, StructuralSurface } from '@capstan/protocol';
import { type Fields, fieldsOf } from './fields.ts';
import { actionMethods } from './tool-methods.ts';

/**
 * Public members of an object's class, inherited ones included, each list sorted by name. The actions of a
 * capability count as methods with their inputs as parameters: that is how an adapter calls them.
 */
export function surfaceOf(
  instance: object,
  fields: Fields = fieldsOf(instance),
): StructuralSurface {
  const methods = new Map<string, StructuralSurface['methods'][number]>();
  const properties = new Set<string>();
  const attributes = new Map<string, string>();
  for (const [name, type] of fields) {
    const value: unknown = Reflect.get(instance, name);
    if (typeof value === 'function' && type === 'function') {
      methods.set(name, describe(name, value as Method));
    } else attributes.set(name, type);
  }
  for (const prototype of prototypes(instance)) {
    for (const [name, member] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (!isPublic(name) || methods.has(name) || attributes.has(name)) continue;
      if (typeof member.value === 'function') methods.set(name, describe(name, member.value));
      else if (member.get !== undefined) properties.add(name);
    }
  }
  for (const { name, params } of actionMethods(instance)) {
    if (!methods.has(name))
      methods.set(name, { name, signature: `(${params.join(', ')})`, params });
  }
  return {
    methods: [...methods.values()].toSorted((a, b) => compare(a.name, b.name)),
    properties: [...properties].toSorted(compare),
    attributes: Array.from(attributes, ([name, type]) => ({ name, type })).toSorted((a, b) =>
      compare(a.name, b.name),
    ),
  };
}

export const surfaceJson = (instance: object, fields: Fields): Json =>
  surfaceOf(instance, fields) as unknown as Json;

function* prototypes(instance: object): Generator<object> {
  let prototype: unknown = Object.getPrototypeOf(instance);
  while (prototype !== null && prototype !== Object.prototype) {
    yield prototype as object;
    prototype = Object.getPrototypeOf(prototype);
  }
}

const isPublic = (name: string): boolean => !name.startsWith('_') && name !== 'constructor';

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

type Method = (...args: never[]) => unknown;

function describe(name: string, method: Method): StructuralSurface['methods'][number] {
  // what is written in C, or bound, does not tell
  if (/\{\s*\[native code\]\s*\}$/.test(method.toString()))
    return { name, signature: '(...)', params: [] };
  const params = parameterNames(method);
  return { name, signature: `(${params.join(', ')})`, params };
}

/** Parameter names as written in the source; one that is taken apart has no name and is called by its place. */
export function parameterNames(method: Method): string[] {
  // what stands in quotes is a default value, and may hold commas and brackets
  const source = method.toString().replaceAll(/(['"`])(?:\\.|(?!\1).)*\1/gs, '""');
  const list = topLevelParts(source.slice(source.indexOf('(') + 1));
  return list.map(
    (part, index) => /^(?:\.\.\.)?([\w$]+)/.exec(part)?.[1] ?? `argument${index + 1}`,
  );
}

/** Splits at the commas outside of brackets, up to the parenthesis that closes the list. */
function topLevelParts(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if ('([{'.includes(character)) depth += 1;
    if (')]}'.includes(character)) depth -= 1;
    if (depth < 0) break;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
