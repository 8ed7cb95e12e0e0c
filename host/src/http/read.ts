import { BadValue, type Json, type JsonObject, wireValue } from '@capstan/protocol';
import { HostError } from '../errors.ts';

/** The JSON object in a body. Throws INPUT_INVALID. */
export function readObject(text: string): JsonObject {
  try {
    // Not all that JSON's grammar lets pass would reach a tool as it was sent: 1e400, lost digits, depth.
    const value = wireValue(JSON.parse(text));
    if (isObject(value)) return value;
  } catch (error) {
    throw invalid(
      error instanceof BadValue ? `the body: ${error.message}` : 'the body is not JSON',
    );
  }
  throw invalid('the body is not a JSON object');
}

/** How a member of a body is read; throws INPUT_INVALID with the name of what is wrong. */
type Read<T> = (value: Json | undefined, name: string) => T;
type Form = { readonly [member: string]: Read<unknown> };
type Formed<F extends Form> = {
  [member in keyof F as undefined extends Of<F[member]> ? never : member]: Of<F[member]>;
} & {
  [member in keyof F as undefined extends Of<F[member]> ? member : never]?: Exclude<
    Of<F[member]>,
    undefined
  >;
};
type Of<R> = R extends Read<infer T> ? T : never;

/** The members of an object as the form says, and no others: a misspelt one is not passed over. */
export function read<F extends Form>(object: JsonObject, form: F, where = ''): Formed<F> {
  for (const name of Object.keys(object)) {
    if (!Object.hasOwn(form, name)) {
      throw invalid(
        `there is no ${where}${name}; there are ${Object.keys(form)
          .map((known) => where + known)
          .join(', ')}`,
      );
    }
  }
  const formed = Object.entries(form).map(([name, readMember]) => [
    name,
    readMember(Object.hasOwn(object, name) ? object[name] : undefined, `${where}${name}`),
  ]);
  const given: unknown = Object.fromEntries(formed.filter(([, value]) => value !== undefined));
  return given as Formed<F>;
}

export const text: Read<string> = (value, name) => {
  if (typeof value === 'string') return value;
  throw invalid(`${name} is not a text`);
};

export const number: Read<number> = (value, name) => {
  if (typeof value === 'number') return value;
  throw invalid(`${name} is not a number`);
};

export const flag: Read<boolean> = (value, name) => {
  if (typeof value === 'boolean') return value;
  throw invalid(`${name} is not true or false`);
};

export const object: Read<JsonObject> = (value, name) => {
  if (isObject(value)) return value;
  throw invalid(`${name} is not an object`);
};

export const objects: Read<JsonObject[]> = (value, name) => {
  if (Array.isArray(value) && value.every(isObject)) return value;
  throw invalid(`${name} is not a list of objects`);
};

export const texts: Read<string[]> = (value, name) => {
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw invalid(`${name} is not a list of texts`);
};

export const textsByName: Read<{ [name: string]: string }> = (value, name) => {
  if (isObject(value) && Object.values(value).every((each) => typeof each === 'string')) {
    return value as { [name: string]: string };
  }
  throw invalid(`${name} is not an object of texts`);
};

/** Null takes a text back. */
export const textsOrNull: Read<{ [name: string]: string | null }> = (value, name) => {
  const isOne = (each: Json): boolean => each === null || typeof each === 'string';
  if (isObject(value) && Object.values(value).every(isOne)) {
    return value as { [name: string]: string | null };
  }
  throw invalid(`${name} is not an object of texts and nulls`);
};

export const optional =
  <T>(readValue: Read<T>): Read<T | undefined> =>
  (value, name) =>
    value === undefined ? undefined : readValue(value, name);

export const oneOf =
  <T extends string>(...choices: readonly T[]): Read<T> =>
  (value, name) => {
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw invalid(`${name} is not one of ${choices.join(', ')}`);
  };

/** A whole number of a query, where all is text. */
export function wholeNumber(query: string | undefined, name: string): number | undefined {
  if (query === undefined) return undefined;
  const value = Number(query);
  if (/^\d+$/.test(query) && Number.isSafeInteger(value)) return value;
  throw invalid(`${name} is not a whole number`);
}

export const invalid = (message: string): HostError => new HostError('INPUT_INVALID', message);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
