import type { Json, JsonObject } from '@capstan/protocol';

/** One spelling for equal values: keys in order, no spaces. */
export function canonicalJson(value: Json): string {
  return JSON.stringify(value, (_, member: Json) => (isObject(member) ? sorted(member) : member));
}

const sorted = (value: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : Number(a > b))));

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
