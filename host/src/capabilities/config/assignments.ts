import {
  isJsonObject,
  type Json,
  type JsonObject,
  type JsonSchema,
  partsOf,
} from '@capstan/protocol';

/** A setting as somebody typed it: `name=text`, or `name:=json`. */
export type Assignment = { name: string; text: string } | { name: string; value: Json };

/**
 * Settings from a command line, brought to the types that the schema declares: texts become numbers,
 * booleans, lists (`a,b` or JSON) and objects (JSON) where those are declared and no text would do; what
 * cannot be read so stays a text, for the check to refuse. `decoder.beams=9` changes one member of the object
 * that is set at `present`.
 */
export function assignedSettings(
  assignments: readonly Assignment[],
  schema: JsonSchema,
  present: JsonObject,
): JsonObject {
  const set: JsonObject = {};
  for (const assignment of assignments) {
    const [first = '', ...inner] = pathIn(assignment.name, schema);
    const at = inner.reduce<Json[]>(
      (parents, key) => parents.flatMap((parent) => membersOf(parent, key, schema)),
      membersOf(schema, first, schema),
    );
    const value = 'text' in assignment ? readText(assignment.text, at, schema) : assignment.value;
    const before = Object.hasOwn(set, first) ? set[first] : present[first];
    set[first] = inner.length === 0 ? value : withMember(before, inner, value);
  }
  return set;
}

/** A name with dots is that of a setting, if there is such a one, or else leads into an object. */
function pathIn(name: string, schema: JsonSchema): string[] {
  const [first = '', ...inner] = name.split('.');
  const isSetting = membersOf(schema, name, schema).length > 0;
  const isInside = inner.length > 0 && membersOf(schema, first, schema).length > 0;
  return isInside && !isSetting ? [first, ...inner] : [name];
}

/** Everything the schema says of a member. */
const membersOf = (of: Json, name: string, schema: JsonSchema): Json[] =>
  partsOf(of, schema).flatMap(({ properties }) =>
    isJsonObject(properties) && Object.hasOwn(properties, name) ? [properties[name] ?? null] : [],
  );

function withMember(before: Json | undefined, [key = '', ...inner]: string[], value: Json): Json {
  const object = isJsonObject(before) ? before : {};
  return { ...object, [key]: inner.length === 0 ? value : withMember(object[key], inner, value) };
}

function readText(text: string, of: readonly Json[], schema: JsonSchema): Json {
  const parts = of.flatMap((one) => partsOf(one, schema));
  const choices = parts.flatMap((part) => [
    ...(Array.isArray(part['enum']) ? part['enum'] : []),
    ...(part['const'] === undefined ? [] : [part['const']]),
  ]);
  const types = new Set(parts.flatMap(({ type }) => [type ?? []].flat()));
  if (types.has('string') || choices.includes(text)) return text;
  const choice = choices.find((one) => typeof one !== 'string' && String(one) === text.trim());
  if (choice !== undefined) return choice;
  for (const [type, read] of Object.entries(readers)) {
    const value = types.has(type) ? read(text.trim(), parts, schema) : undefined;
    if (value !== undefined) return value;
  }
  return text;
}

type Reader = (text: string, parts: readonly JsonSchema[], whole: JsonSchema) => Json | undefined;

/** How a text is read as each type; undefined where it cannot be. */
const readers: { readonly [type: string]: Reader } = {
  null: (text) => (text === 'null' ? null : undefined),
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  integer: numberIn,
  number: numberIn,
  array: listIn,
  object: (text) => {
    const value = jsonIn(text);
    return isJsonObject(value) ? value : undefined;
  },
};

/** Undefined also where the nearest number there is would be another one: `1e400`, or twenty digits. */
function numberIn(text: string): number | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  const isExact = !Number.isInteger(value) || Number.isSafeInteger(value) || /e/i.test(text);
  return Number.isFinite(value) && isExact ? value : undefined;
}

function listIn(text: string, parts: readonly JsonSchema[], whole: JsonSchema): Json | undefined {
  if (text.startsWith('[')) {
    const value = jsonIn(text);
    return Array.isArray(value) ? value : undefined;
  }
  if (text === '') return [];
  const items = parts.flatMap((part) => (part['items'] === undefined ? [] : [part['items']]));
  return text.split(',').map((item) => readText(item.trim(), items, whole));
}

function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
