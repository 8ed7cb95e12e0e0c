import { isDeepStrictEqual } from 'node:util';
import { formats, isFileSchema, isJsonObject, type Json, type JsonSchema } from '@capstan/protocol';
import { InputFile } from './files.ts';

/** What is wrong with a value, worded to follow the name of its place. */
export interface Misfit {
  path: (string | number)[];
  reason: string;
}

type Path = readonly (string | number)[];

/** References within references, and values within values, that a check follows. */
const deepest = 64;

/**
 * Everything in which a value differs from its schema; `whole` is the document in which references are
 * resolved. Values of classes (files, registered types) are checked as files or not at all: whoever made
 * them has. A keyword it does not know is not checked: the host, with a full validator, has the last word.
 */
export function misfits(
  value: unknown,
  schema: Json | undefined,
  whole: JsonSchema,
  path: Path = [],
  depth = 0,
): Misfit[] {
  const found = allMisfits(value, schema, whole, path, depth);
  const isPassword =
    isJsonObject(schema) && (schema['format'] === 'password' || schema['writeOnly'] === true);
  // What is said may be read by others, and a password is not for them.
  return isPassword
    ? found.map((one) => ({ ...one, reason: 'does not fit what is declared' }))
    : found;
}

function allMisfits(
  value: unknown,
  schema: Json | undefined,
  whole: JsonSchema,
  path: Path,
  depth: number,
): Misfit[] {
  if (schema === false) return [{ path: [...path], reason: 'is not allowed here' }];
  if (!isJsonObject(schema) || depth > deepest) return [];
  const because = (reason: string | null): Misfit[] =>
    reason === null ? [] : [{ path: [...path], reason }];
  if (isFileSchema(schema)) return because(fileProblem(value));
  if (isForeign(value)) return [];
  const inside = (member: unknown, of: Json | undefined, key: string | number): Misfit[] =>
    misfits(member, of, whole, [...path, key], depth + 1);
  const same = (of: Json | undefined): Misfit[] => misfits(value, of, whole, path, depth + 1);

  const kind = kindProblem(value, schema);
  if (kind !== null) return because(kind);
  return [
    ...same(referenced(schema['$ref'], whole)),
    ...because(choiceProblem(value, schema)),
    ...(typeof value === 'number' ? because(boundsProblem(value, schema)) : []),
    ...(typeof value === 'string' ? because(textProblem(value, schema)) : []),
    ...(Array.isArray(value) ? listMisfits(value, schema, because, inside) : []),
    ...(isRecord(value) ? objectMisfits(value, schema, because, inside) : []),
    ...combined(value, schema, because, same),
  ];
}

type Because = (reason: string | null) => Misfit[];
type Inside = (member: unknown, of: Json | undefined, key: string | number) => Misfit[];

function kindProblem(value: unknown, { type }: JsonSchema): string | null {
  const types = [type ?? []].flat().filter((item) => typeof item === 'string');
  if (types.length === 0 || types.some((name) => isOfType(value, name))) return null;
  return `must be ${types.map(worded).join(' or ')}, not ${shown(value)}`;
}

function choiceProblem(value: unknown, schema: JsonSchema): string | null {
  const { enum: members, const: only } = schema;
  if (Array.isArray(members) && !members.some((member) => isDeepStrictEqual(member, value))) {
    return `must be one of ${members.map((member) => JSON.stringify(member)).join(', ')}, not ${shown(value)}`;
  }
  const isOther = only !== undefined && !isDeepStrictEqual(only, value);
  return isOther ? `must be ${JSON.stringify(only)}, not ${shown(value)}` : null;
}

function boundsProblem(value: number, schema: JsonSchema): string | null {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (typeof minimum === 'number' && value < minimum) {
    return `must be at least ${minimum}, not ${value}`;
  }
  if (typeof maximum === 'number' && value > maximum) {
    return `must be at most ${maximum}, not ${value}`;
  }
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) {
    return `must be more than ${exclusiveMinimum}, not ${value}`;
  }
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum) {
    return `must be less than ${exclusiveMaximum}, not ${value}`;
  }
  const isMultiple = typeof multipleOf !== 'number' || Number.isInteger(value / multipleOf);
  return isMultiple ? null : `must be a multiple of ${String(multipleOf)}, not ${value}`;
}

function textProblem(value: string, schema: JsonSchema): string | null {
  const { minLength, maxLength, pattern, format } = schema;
  const length = Array.from(value).length;
  if (typeof minLength === 'number' && length < minLength) {
    return `must have at least ${minLength} characters`;
  }
  if (typeof maxLength === 'number' && length > maxLength) {
    return `must have at most ${maxLength} characters`;
  }
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)) {
    return `must match ${pattern}`;
  }
  const isFormat = typeof format === 'string' ? formats[format] : undefined;
  return isFormat === undefined || isFormat(value)
    ? null
    : `must have the format ${String(format)}, not ${shown(value)}`;
}

function listMisfits(
  value: unknown[],
  schema: JsonSchema,
  because: Because,
  inside: Inside,
): Misfit[] {
  const { minItems, maxItems, uniqueItems, prefixItems, items } = schema;
  const first = Array.isArray(prefixItems) ? prefixItems : [];
  return [
    ...(typeof minItems === 'number' && value.length < minItems
      ? because(`must have at least ${minItems} items`)
      : []),
    ...(typeof maxItems === 'number' && value.length > maxItems
      ? because(`must have at most ${maxItems} items`)
      : []),
    ...(uniqueItems === true && hasTwice(value) ? because('must not hold the same twice') : []),
    ...value.flatMap((item, index) => inside(item, first[index] ?? items, index)),
  ];
}

const hasTwice = (list: readonly unknown[]): boolean =>
  list.some((item, i) => list.slice(0, i).some((earlier) => isDeepStrictEqual(earlier, item)));

function objectMisfits(
  value: { readonly [name: string]: unknown },
  schema: JsonSchema,
  because: Because,
  inside: Inside,
): Misfit[] {
  const { required, properties, patternProperties, additionalProperties } = schema;
  const { minProperties, maxProperties } = schema;
  const known = isJsonObject(properties) ? properties : {};
  const patterns = Object.entries(isJsonObject(patternProperties) ? patternProperties : {});
  const missing = (Array.isArray(required) ? required : []).filter(
    (name) => typeof name === 'string' && !Object.hasOwn(value, name),
  );
  const size = Object.keys(value).length;
  return [
    ...missing.flatMap((name) => lost(inside, String(name))),
    ...(typeof minProperties === 'number' && size < minProperties
      ? because(`must have at least ${minProperties} members`)
      : []),
    ...(typeof maxProperties === 'number' && size > maxProperties
      ? because(`must have at most ${maxProperties} members`)
      : []),
    ...Object.entries(value).flatMap(([name, member]) => {
      const said = patterns.filter(([pattern]) => new RegExp(pattern, 'u').test(name));
      const isKnown = Object.hasOwn(known, name);
      const others = !isKnown && said.length === 0 ? [additionalProperties] : [];
      return [isKnown ? known[name] : undefined, ...said.map(([, of]) => of), ...others].flatMap(
        (of) => (of === false ? unknownMember(inside, name) : inside(member, of, name)),
      );
    }),
  ];
}

/** As `inside` would place a problem with this member, were there a schema to find it. */
const placed = (inside: Inside, name: string, reason: string): Misfit[] =>
  inside(undefined, false, name).map(({ path }) => ({ path, reason }));
const lost = (inside: Inside, name: string) => placed(inside, name, 'is missing');
const unknownMember = (inside: Inside, name: string) => placed(inside, name, 'is unknown');

function combined(
  value: unknown,
  { allOf, anyOf, oneOf, not, if: condition, then, else: otherwise }: JsonSchema,
  because: Because,
  same: (of: Json | undefined) => Misfit[],
): Misfit[] {
  const fits = (of: Json | undefined) => same(of).length === 0;
  const found = (Array.isArray(allOf) ? allOf : []).flatMap(same);
  if (Array.isArray(anyOf) && !anyOf.some(fits)) found.push(...because(noForm(value, anyOf)));
  if (Array.isArray(oneOf)) {
    const fitting = oneOf.filter(fits).length;
    if (fitting === 0) found.push(...because(noForm(value, oneOf)));
    if (fitting > 1)
      found.push(...because('fits more than one of the forms that exclude each other'));
  }
  if (not !== undefined && fits(not)) found.push(...because('must be something else'));
  if (condition !== undefined) found.push(...same(fits(condition) ? then : otherwise));
  return found;
}

function noForm(value: unknown, forms: readonly Json[]): string {
  const types = forms.map((form) => (isJsonObject(form) ? form['type'] : undefined));
  const isTold = types.every((type) => typeof type === 'string');
  return isTold
    ? `must be ${types.map((type) => worded(type)).join(' or ')}, not ${shown(value)}`
    : `fits none of the ${forms.length} forms that are allowed`;
}

/** What `#/$defs/name` names. */
function referenced(ref: Json | undefined, whole: JsonSchema): Json | undefined {
  if (typeof ref !== 'string' || !/^#(\/|$)/.test(ref)) return undefined;
  let found: Json | undefined = whole;
  for (const part of ref.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    found = isJsonObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return found;
}

function fileProblem(value: unknown): string | null {
  if (!(value instanceof InputFile)) return `must be a file, not ${shown(value)}`;
  return value.isReadable() ? null : `names a file that cannot be read: ${value.path}`;
}

const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object of a class: it did not come as plain JSON. */
function isForeign(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && prototype !== Object.prototype && !(value instanceof InputFile);
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    default:
      return typeof value === type;
  }
}

const worded = (type: string): string =>
  type === 'null' ? 'null' : `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
