import type { Json, JsonObject, JsonSchema } from './messages.ts';
import { certainPartsOf, isJsonObject, partsOf } from './schema-parts.ts';

/** Deeper than anybody nests settings, and more than anybody has: a schema may refer to itself in its defaults. */
const deepest = 32;
const mostFilled = 10_000;

/**
 * The values with what the schema declares as `default` where they say nothing, also inside the objects and
 * lists that are there. An object that is not there is not made up, unless it has a default itself: its
 * absence may mean something.
 */
export function withDefaults(values: JsonObject, schema: JsonSchema): JsonObject {
  let left = mostFilled;
  const fill = (value: Json, of: Json | undefined, depth: number): Json => {
    if (depth > deepest || left-- < 0 || typeof value !== 'object' || value === null) return value;
    const parts = certainPartsOf(of, schema);
    if (Array.isArray(value)) {
      return value.map((item, index) => {
        const items = parts.map((part) => itemSchema(part, index)).find(isJsonObject);
        return items === undefined ? item : fill(item, items, depth + 1);
      });
    }
    const filled: JsonObject = { ...value };
    for (const { properties } of parts) {
      if (!isJsonObject(properties)) continue;
      for (const [name, property] of Object.entries(properties)) {
        const given = Object.hasOwn(filled, name) ? filled[name] : defaultOf(property, schema);
        if (given !== undefined) put(filled, name, fill(given, property, depth + 1));
      }
    }
    return filled;
  };
  const filled = fill(values, schema, 0);
  return isJsonObject(filled) ? filled : values;
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

/** A member that a schema does not know. */
export interface UnknownSetting {
  path: (string | number)[];
  /** What could stand in its place. */
  known: string[];
}

/**
 * The values without the members that the schema does not know, and which those were. A member nobody reads
 * is a mistake whether or not the schema forbids it; only where it says that it takes others
 * (`additionalProperties` and its like) nothing is unknown.
 */
export function withoutUnknown(
  values: JsonObject,
  schema: JsonSchema,
): { values: JsonObject; unknown: UnknownSetting[] } {
  const unknown: UnknownSetting[] = [];
  const visit = (value: Json, parts: readonly JsonSchema[], path: (string | number)[]): Json => {
    if (Array.isArray(value)) {
      return value.map((item, index) => {
        const ofItem = parts.flatMap((part) => partsOf(itemSchema(part, index), schema));
        return visit(item, ofItem, [...path, index]);
      });
    }
    if (!isJsonObject(value)) return value;
    const members = membersOf(parts);
    const kept = Object.entries(value).flatMap(([name, member]): [string, Json][] => {
      const schemas = members.schemasOf(name);
      if (schemas.length === 0 && !members.areOthersWelcome) {
        unknown.push({ path: [...path, name], known: members.names });
        return [];
      }
      const ofMember = schemas.flatMap((one) => partsOf(one, schema));
      return [[name, visit(member, ofMember, [...path, name])]];
    });
    return Object.fromEntries(kept);
  };
  const kept = visit(values, partsOf(schema, schema), []);
  return { values: isJsonObject(kept) ? kept : values, unknown };
}

const itemSchema = ({ prefixItems, items }: JsonSchema, index: number): Json | undefined => {
  if (Array.isArray(prefixItems) && index < prefixItems.length) return prefixItems[index];
  return Array.isArray(items) ? items[index] : items;
};

interface Members {
  names: string[];
  areOthersWelcome: boolean;
  /** Everything that is said of the member of this name; empty for an unknown one. */
  schemasOf(name: string): Json[];
}

function membersOf(parts: readonly JsonSchema[]): Members {
  const tables = parts.map(({ properties }) => properties).filter(isJsonObject);
  const patterns = parts
    .map((part) => part['patternProperties'])
    .filter(isJsonObject)
    .flatMap((table) => Object.entries(table))
    .map(([pattern, schema]) => ({ pattern: new RegExp(pattern, 'u'), schema }));
  const isClosed = parts.some(
    (part) => part['additionalProperties'] === false || part['unevaluatedProperties'] === false,
  );
  return {
    names: [...new Set(tables.flatMap((table) => Object.keys(table)))],
    areOthersWelcome: !isClosed && (tables.length === 0 || parts.some(welcomesOthers)),
    schemasOf: (name) => [
      ...tables.flatMap((table) => (Object.hasOwn(table, name) ? [table[name] ?? null] : [])),
      ...patterns.flatMap(({ pattern, schema }) => (pattern.test(name) ? [schema] : [])),
    ],
  };
}

/** Whether it says that it takes members it does not name, or is for any object at all. */
function welcomesOthers(part: JsonSchema): boolean {
  const others = part['additionalProperties'] ?? part['unevaluatedProperties'];
  if (isJsonObject(others) || others === true || isJsonObject(part['patternProperties']))
    return true;
  const isPlainObject = [part['type']].flat().includes('object');
  const saysMore = ['properties', '$ref', 'allOf', 'anyOf', 'oneOf', 'if'].some(
    (word) => part[word],
  );
  return isPlainObject && !saysMore;
}
