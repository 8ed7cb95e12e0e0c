import { limits } from './limits.ts';
import type { FileValue, Json, JsonObject, TaggedFile } from './messages.ts';
import { BadValue, type Path, placeOf } from './place.ts';
import { tagged } from './wire-types.ts';

export { BadValue } from './place.ts';

type Field = { required: boolean; accepts: (value: unknown) => boolean; expected: string };

const text = (required: boolean): Field => ({
  required,
  accepts: (value) => typeof value === 'string',
  expected: 'a string',
});

/** The fields of every kind of tagged value this version knows. Other kinds pass through unchanged. */
const taggedKinds: { readonly [kind: string]: { readonly [field: string]: Field } } = {
  'capstan.file': {
    path: text(true),
    sha256: text(false),
    size: {
      required: false,
      accepts: (value) => Number.isInteger(value) && (value as number) >= 0,
      expected: 'a whole number of bytes',
    },
    mediaType: text(false),
  },
};

/**
 * The same value when it can travel as JSON without changing its meaning; tagged values of a known kind
 * lose the fields their kind does not have, members that are `undefined` are left out. A value of a registered
 * class is tagged, one that can save itself to a file (`toTempFile()`) becomes that file, a `file:` URL its
 * path, and what has a `toJSON` (a date, say) becomes what that returns. Everything else is copied only where
 * it changes.
 *
 * Throws BadValue for non-finite numbers, integers beyond 2^53, lone surrogates, what JSON has no word
 * for, nesting beyond `limits.nesting`, and a known kind without a required field. `adopt` says where a file
 * that a value saved itself to is from now on.
 */
export function wireValue(value: unknown, adopt?: (savedAt: string) => string): Json {
  const path: Path = [];
  if (adopt !== undefined) path.adopt = adopt;
  return walk(value === undefined ? null : value, path);
}

function walk(value: unknown, path: Path): Json {
  switch (typeof value) {
    case 'string':
      return checkText(value, path);
    case 'number':
      return checkNumber(value, path);
    case 'boolean':
      return value;
    case 'object':
      break;
    default:
      throw new BadValue(placeOf(path), `is ${nameOf(value)}, which JSON cannot carry`);
  }
  if (value === null) return null;
  if (path.length >= limits.nesting) {
    throw new BadValue(placeOf(path), `is nested deeper than ${limits.nesting} levels`);
  }
  if (Array.isArray(value)) return walkArray(value, path);
  if (Object.getPrototypeOf(value) === Object.prototype) {
    if (!('toJSON' in value)) return walkObject(value as { [key: string]: unknown }, path);
  } else {
    const typed = typedObject(value, path);
    if (typed !== undefined) return typed;
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') return walk(value.toJSON(), path);
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) {
    throw new BadValue(placeOf(path), `is ${nameOf(value)}, which JSON cannot carry`);
  }
  return walkObject(value as { [key: string]: unknown }, path);
}

/** What a value of somebody's class becomes; undefined where the class says nothing of it. */
function typedObject(value: object, path: Path): Json | undefined {
  const found = tagged(value);
  if (found !== null) {
    const { kind, data } = found;
    return { __wire__: kind, data: walkMember(data, path, 'data') };
  }
  if ('toTempFile' in value && typeof value.toTempFile === 'function') {
    const savedAt = String(value.toTempFile());
    return walk(fileValue({ path: path.adopt?.(savedAt) ?? savedAt }), path);
  }
  // Node knows how to turn it into a path, and only Node has any.
  if (value instanceof URL && value.protocol === 'file:') return decodeURIComponent(value.pathname);
  return undefined;
}

function walkMember(value: unknown, path: Path, key: string): Json {
  path.push(key);
  const walked = walk(value, path);
  path.pop();
  return walked;
}

function walkArray(value: unknown[], path: Path): Json[] {
  let copy: Json[] | undefined;
  for (let index = 0; index < value.length; index++) {
    path.push(index);
    const item = walk(value[index], path);
    path.pop();
    if (item !== value[index]) {
      copy ??= value.slice() as Json[];
      copy[index] = item;
    }
  }
  return copy ?? (value as Json[]);
}

function walkObject(value: { [key: string]: unknown }, path: Path): JsonObject {
  let copy: JsonObject | undefined;
  for (const key of Object.keys(value)) {
    path.push(key);
    checkText(key, path);
    const member = value[key];
    if (member === undefined) {
      copy ??= { ...value } as JsonObject;
      delete copy[key];
    } else {
      const walked = walk(member, path);
      if (walked !== member) {
        copy ??= { ...value } as JsonObject;
        copy[key] = walked;
      }
    }
    path.pop();
  }
  return reduceTagged(copy ?? (value as JsonObject), path);
}

function reduceTagged(value: JsonObject, path: Path): JsonObject {
  const kind = value['__wire__'];
  if (typeof kind !== 'string') return value;
  const fields = Object.hasOwn(taggedKinds, kind) ? taggedKinds[kind] : undefined;
  if (fields === undefined) return value;
  const data = value['data'];
  const place = placeOf([...path, 'data']);
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new BadValue(place, `must be an object, because ${kind} has fields`);
  }
  const reduced: JsonObject = {};
  for (const [name, field] of Object.entries(fields)) {
    const member = data[name];
    if (member === undefined || (member === null && !field.required)) {
      if (field.required)
        throw new BadValue(`${place}.${name}`, `is missing; every ${kind} has it`);
      continue;
    }
    if (!field.accepts(member)) throw new BadValue(`${place}.${name}`, `must be ${field.expected}`);
    reduced[name] = member;
  }
  const isReduced =
    Object.keys(data).length === Object.keys(reduced).length && Object.keys(value).length === 2;
  return isReduced ? value : { __wire__: kind, data: reduced };
}

function checkText(value: string, path: Path): string {
  if (value.isWellFormed()) return value;
  throw new BadValue(placeOf(path), 'holds half of a character (a lone surrogate)');
}

/**
 * Integers are exact up to 2^53. A JavaScript number has no mark that tells 1e300 from an integer, so what
 * counts is how JSON would write it: up to 1e21 as an integer, with an exponent from there.
 */
function checkNumber(value: number, path: Path): number {
  if (!Number.isFinite(value)) {
    throw new BadValue(placeOf(path), `is ${value}, which JSON cannot carry`);
  }
  const size = Math.abs(value);
  if (size > 2 ** 53 && size < 1e21 && Number.isInteger(value)) {
    throw new BadValue(placeOf(path), `is ${value}, an integer beyond 2^53, where digits get lost`);
  }
  return value;
}

function nameOf(value: unknown): string {
  if (typeof value === 'bigint') return `the bigint ${value}`;
  if (typeof value === 'object' && value !== null) return `a ${value.constructor.name}`;
  return value === undefined ? 'undefined' : `a ${typeof value}`;
}

/** A file as a value of the protocol. */
export function fileValue(data: FileValue): TaggedFile {
  return { __wire__: 'capstan.file', data };
}

/** Whether a checked value is a file. */
export function isTaggedFile(value: unknown): value is TaggedFile {
  return (
    typeof value === 'object' &&
    value !== null &&
    '__wire__' in value &&
    value.__wire__ === 'capstan.file'
  );
}

/** Every file inside a checked value, in the order it is written. */
export function filesIn(value: Json): FileValue[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isTaggedFile(value)) return [value.data];
  return Object.values(value).flatMap(filesIn);
}
