import { isFileSchema, type Json, type JsonObject, type JsonSchema } from '@capstan/protocol';
import { InputFile } from './files.ts';
import { didYouMean } from './did-you-mean.ts';

/** What is wrong with one member of an object. */
export interface Fault {
  field: string;
  message: string;
}

/**
 * An object held against its schema: the values with defaults filled in, and every fault at once. Looks at
 * what authors declare in tables (required, unknown, type, enum, bounds, lengths, pattern, items); other
 * keywords of a hand-written schema are left to the tool.
 */
export function checkMembers(
  given: { readonly [name: string]: unknown },
  schema: JsonSchema,
): { values: { [name: string]: unknown }; faults: Fault[] } {
  const properties = objectOf(schema['properties']);
  const names = Object.keys(properties);
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const values: { [name: string]: unknown } = {};
  const faults: Fault[] = [];
  for (const name of names) {
    const declared = objectOf(properties[name]);
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined) {
      if (declared['default'] !== undefined) values[name] = structuredClone(declared['default']);
      else if (required.includes(name)) faults.push({ field: name, message: `${name} is missing` });
      continue;
    }
    const problem = problemOf(value, declared);
    if (problem === null) values[name] = value;
    else faults.push({ field: name, message: `${name} ${problem}` });
  }
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(properties, name)) continue;
    if (schema['additionalProperties'] === false) {
      faults.push({ field: name, message: `${name} is unknown; ${didYouMean(name, names)}` });
    } else values[name] = given[name];
  }
  return { values, faults };
}

/** Why a value does not fit, worded to follow its name; null when it does. */
function problemOf(value: unknown, schema: JsonObject): string | null {
  if (isFileSchema(schema)) return fileProblem(value);
  const { type, enum: members } = schema;
  const types = (Array.isArray(type) ? type : [type]).filter((item) => typeof item === 'string');
  if (types.length > 0 && !types.some((name) => isOfType(value, name))) {
    return `must be ${types.map(worded).join(' or ')}, not ${shown(value)}`;
  }
  if (Array.isArray(members) && !members.some((member) => member === value)) {
    return `must be one of ${members.map((member) => JSON.stringify(member)).join(', ')}, not ${shown(value)}`;
  }
  if (typeof value === 'number') return boundsProblem(value, schema);
  if (typeof value === 'string') return textProblem(value, schema);
  if (Array.isArray(value)) return itemsProblem(value, schema);
  return null;
}

function fileProblem(value: unknown): string | null {
  if (!(value instanceof InputFile)) return `must be a file, not ${shown(value)}`;
  return value.isReadable() ? null : `names a file that cannot be read: ${value.path}`;
}

function boundsProblem(value: number, { minimum, maximum }: JsonObject): string | null {
  if (typeof minimum === 'number' && value < minimum)
    return `must be at least ${minimum}, not ${value}`;
  if (typeof maximum === 'number' && value > maximum)
    return `must be at most ${maximum}, not ${value}`;
  return null;
}

function textProblem(value: string, { minLength, maxLength, pattern }: JsonObject): string | null {
  const length = Array.from(value).length;
  if (typeof minLength === 'number' && length < minLength)
    return `must have at least ${minLength} characters`;
  if (typeof maxLength === 'number' && length > maxLength)
    return `must have at most ${maxLength} characters`;
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value))
    return `must match ${pattern}`;
  return null;
}

function itemsProblem(value: unknown[], { items }: JsonObject): string | null {
  if (typeof items !== 'object' || items === null || Array.isArray(items)) return null;
  for (const [index, item] of value.entries()) {
    const problem = problemOf(item, items);
    if (problem !== null) return `[${index}] ${problem}`;
  }
  return null;
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
      return typeof value === 'object' && value !== null && !Array.isArray(value);
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

const objectOf = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
