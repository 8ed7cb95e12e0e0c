import { isDeepStrictEqual } from 'node:util';
import { formats, isFileSchema, isJsonObject, type Json, type JsonSchema } from '@capstan/protocol';
import { InputFile } from './files.ts';

/** What is wrong with a value, worded to follow the name of its place. */
export interface Misfit {
  path: (string | number)[];
  reason: string;
}

/** References within references, and values within values, that a check follows. */
const deepest = 64;

/**
 * Everything in which a value differs from its schema; `whole` is the document in which references are
 * resolved. Values of classes (files, registered types) are checked as files or not at all: whoever made
 * them has. A keyword it does not know is not checked: the host, with a full validator, has the last word.
 */
export function misfits(value: unknown, schema: Json | undefined, whole: JsonSchema): Misfit[] {
  const check = new Check(whole);
  check.value(value, schema);
  return check.found;
}

const none: [string, Json][] = [];

/** One walk through a value. Inputs may be large, so what fits costs no allocation. */
class Check {
  readonly found: Misfit[] = [];
  readonly #whole: JsonSchema;
  readonly #path: (string | number)[];

  constructor(whole: JsonSchema, path: (string | number)[] = []) {
    this.#whole = whole;
    this.#path = path;
  }

  value(value: unknown, schema: Json | undefined, depth = 0): void {
    if (schema === false) return this.#misfit('is not allowed here');
    if (!isJsonObject(schema) || depth > deepest) return;
    const before = this.found.length;
    this.#all(value, schema, depth);
    const isPassword = schema['format'] === 'password' || schema['writeOnly'] === true;
    if (!isPassword || this.found.length === before) return;
    // What is said may be read by others, and a password is not for them.
    this.found.length = before;
    this.#misfit('does not fit what is declared');
  }

  #all(value: unknown, schema: JsonSchema, depth: number): void {
    if (isFileSchema(schema)) return this.#misfit(fileProblem(value));
    if (isForeign(value)) return;
    const kind = kindProblem(value, schema);
    if (kind !== null) return this.#misfit(kind);
    if (schema['$ref'] !== undefined) {
      this.value(value, referenced(schema['$ref'], this.#whole), depth + 1);
    }
    this.#misfit(choiceProblem(value, schema));
    if (typeof value === 'number') this.#misfit(boundsProblem(value, schema));
    else if (typeof value === 'string') this.#misfit(textProblem(value, schema));
    else if (Array.isArray(value)) this.#list(value, schema, depth);
    else if (isRecord(value)) this.#object(value, schema, depth);
    this.#combined(value, schema, depth);
  }

  #misfit(reason: string | null): void {
    if (reason !== null) this.found.push({ path: [...this.#path], reason });
  }

  #inside(key: string | number, value: unknown, schema: Json | undefined, depth: number): void {
    this.#path.push(key);
    this.value(value, schema, depth + 1);
    this.#path.pop();
  }

  #member(name: string, reason: string): void {
    this.found.push({ path: [...this.#path, name], reason });
  }

  #list(value: unknown[], schema: JsonSchema, depth: number): void {
    const { minItems, maxItems, uniqueItems, prefixItems, items } = schema;
    if (typeof minItems === 'number' && value.length < minItems) {
      this.#misfit(`must have at least ${minItems} items`);
    }
    if (typeof maxItems === 'number' && value.length > maxItems) {
      this.#misfit(`must have at most ${maxItems} items`);
    }
    if (uniqueItems === true && hasTwice(value)) this.#misfit('must not hold the same twice');
    const first = Array.isArray(prefixItems) ? prefixItems : [];
    if (items === undefined && first.length === 0) return;
    for (const [index, item] of value.entries()) {
      this.#inside(index, item, first[index] ?? items, depth);
    }
  }

  #object(value: { readonly [name: string]: unknown }, schema: JsonSchema, depth: number): void {
    const { required, properties, patternProperties, additionalProperties: others } = schema;
    const { minProperties, maxProperties } = schema;
    const known = isJsonObject(properties) ? properties : {};
    for (const name of Array.isArray(required) ? required : []) {
      if (typeof name === 'string' && !Object.hasOwn(value, name)) this.#member(name, 'is missing');
    }
    if (typeof minProperties === 'number' && Object.keys(value).length < minProperties) {
      this.#misfit(`must have at least ${minProperties} members`);
    }
    if (typeof maxProperties === 'number' && Object.keys(value).length > maxProperties) {
      this.#misfit(`must have at most ${maxProperties} members`);
    }
    const patterns = isJsonObject(patternProperties) ? Object.entries(patternProperties) : none;
    if (properties === undefined && patterns.length === 0 && others === undefined) return;
    for (const name of Object.keys(value)) {
      const said =
        patterns === none
          ? none
          : patterns.filter(([pattern]) => new RegExp(pattern, 'u').test(name));
      for (const [, of] of said) this.#inside(name, value[name], of, depth);
      if (Object.hasOwn(known, name)) this.#inside(name, value[name], known[name], depth);
      else if (said.length > 0) continue;
      else if (others === false) this.#member(name, 'is unknown');
      else this.#inside(name, value[name], others, depth);
    }
  }

  #combined(value: unknown, schema: JsonSchema, depth: number): void {
    const { allOf, anyOf, oneOf, not, if: condition, then, else: otherwise } = schema;
    const fits = (of: Json | undefined): boolean => {
      const apart = new Check(this.#whole, [...this.#path]);
      apart.value(value, of, depth + 1);
      return apart.found.length === 0;
    };
    if (Array.isArray(allOf)) for (const of of allOf) this.value(value, of, depth + 1);
    if (Array.isArray(anyOf) && !anyOf.some(fits)) this.#misfit(noForm(value, anyOf));
    if (Array.isArray(oneOf)) {
      const fitting = oneOf.filter(fits).length;
      if (fitting === 0) this.#misfit(noForm(value, oneOf));
      if (fitting > 1) this.#misfit('fits more than one of the forms that exclude each other');
    }
    if (not !== undefined && fits(not)) this.#misfit('must be something else');
    if (condition !== undefined) this.value(value, fits(condition) ? then : otherwise, depth + 1);
  }
}

function kindProblem(value: unknown, { type }: JsonSchema): string | null {
  if (type === undefined || (typeof type === 'string' && isOfType(value, type))) return null;
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
  // 0.3 is a multiple of 0.1, though not in binary.
  const isMultiple =
    typeof multipleOf !== 'number' ||
    Math.abs(Math.round(value / multipleOf) - value / multipleOf) < 1e-9;
  return isMultiple ? null : `must be a multiple of ${String(multipleOf)}, not ${value}`;
}

function textProblem(value: string, schema: JsonSchema): string | null {
  const { minLength, maxLength, pattern, format } = schema;
  if (typeof minLength === 'number' && charactersIn(value, minLength) < minLength) {
    return `must have at least ${minLength} characters`;
  }
  const isLong = typeof maxLength === 'number' && value.length > maxLength;
  if (isLong && charactersIn(value, maxLength + 1) > maxLength) {
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

/**
 * How many, or some number of at least `most`: a text may be long, and its bounds are short. A character beyond the
 * basic plane has two units, so that twice as many units are enough.
 */
function charactersIn(text: string, most: number): number {
  if (text.length >= 2 * most) return most;
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

const hasTwice = (list: readonly unknown[]): boolean =>
  list.some((item, i) => list.slice(0, i).some((earlier) => isDeepStrictEqual(earlier, item)));

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
