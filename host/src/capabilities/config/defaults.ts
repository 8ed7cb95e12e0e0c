import type { Json, JsonObject, JsonSchema } from '@capstan/protocol';
import { certainPartsOf, isObject } from './walk.ts';

/** Deeper than anybody nests settings; a schema that refers to itself in its defaults ends here. */
const deepest = 32;

/**
 * The values with what the schema declares as `default` where they say nothing, also inside the objects and
 * lists that are there. An object that is not there is not made up, unless it has a default itself: its
 * absence may mean something.
 */
export function withDefaults(values: JsonObject, schema: JsonSchema): JsonObject {
  const filled = fill(values, schema, schema, 0);
  return isObject(filled) ? filled : values;
}

function fill(value: Json, schema: Json | undefined, whole: JsonSchema, depth: number): Json {
  if (depth > deepest || typeof value !== 'object' || value === null) return value;
  const parts = certainPartsOf(schema, whole);
  if (Array.isArray(value)) {
    const items = parts.map((part) => part['items']).find(isObject);
    return items === undefined ? value : value.map((item) => fill(item, items, whole, depth + 1));
  }
  const filled: JsonObject = { ...value };
  for (const { properties } of parts) {
    if (!isObject(properties)) continue;
    for (const [name, property] of Object.entries(properties)) {
      const given = Object.hasOwn(filled, name) ? filled[name] : defaultOf(property, whole);
      if (given !== undefined) put(filled, name, fill(given, property, whole, depth + 1));
    }
  }
  return filled;
}

function defaultOf(property: Json | undefined, whole: JsonSchema): Json | undefined {
  const [first] = certainPartsOf(property, whole).filter((part) => Object.hasOwn(part, 'default'));
  return first?.['default'] === undefined ? undefined : structuredClone(first['default']);
}

/** Also a setting called `__proto__` is only a setting. */
function put(object: JsonObject, name: string, value: Json): void {
  Object.defineProperty(object, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
