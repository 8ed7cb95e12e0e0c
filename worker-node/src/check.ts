import { isJsonObject, type Json, type JsonObject, type JsonSchema } from '@capstan/protocol';
import { didYouMean } from './did-you-mean.ts';
import { misfits } from './validate.ts';

/** What is wrong with one member of an object. */
export interface Fault {
  field: string;
  message: string;
}

/**
 * An object held against its schema: the values with defaults filled in, and every fault at once, those of
 * unknown members with the nearest name.
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
    const found = misfits(value, declared, schema);
    if (found.length === 0) values[name] = value;
    for (const { path, reason } of found) {
      faults.push({ field: name, message: `${placeName([name, ...path])} ${reason}` });
    }
  }
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(properties, name)) continue;
    if (schema['additionalProperties'] === false) {
      faults.push({ field: name, message: `${name} is unknown; ${didYouMean(name, names)}` });
    } else values[name] = given[name];
  }
  return { values, faults };
}

/** `decoder.beams[0]` */
export const placeName = (path: readonly (string | number)[]): string =>
  path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '');

const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
