import type { Json, JsonObject, JsonSchema } from '@capstan/protocol';
import { didYouMean } from '../did-you-mean.ts';
import { type ConfigProblem, problemAt } from './problem.ts';
import { isObject, partsOf } from './walk.ts';

type Path = readonly (string | number)[];

/**
 * The values without the settings that the schema does not know, and what those were. Where it allows others
 * (`additionalProperties` and its like) nothing is unknown.
 */
export function withoutUnknown(
  values: JsonObject,
  schema: JsonSchema,
): { values: JsonObject; unknown: ConfigProblem[] } {
  const unknown: ConfigProblem[] = [];
  const visit = (value: Json, parts: readonly JsonSchema[], path: Path): Json => {
    if (Array.isArray(value)) {
      return value.map((item, index) => {
        const ofItem = parts.flatMap((part) => partsOf(itemSchema(part, index), schema));
        return visit(item, ofItem, [...path, index]);
      });
    }
    if (!isObject(value)) return value;
    const members = membersOf(parts);
    const kept = Object.entries(value).flatMap(([name, member]): [string, Json][] => {
      const schemas = members.schemasOf(name);
      if (schemas.length === 0 && !members.areOthersWelcome) {
        unknown.push(unknownSetting([...path, name], name, members.names));
        return [];
      }
      const ofMember = schemas.flatMap((one) => partsOf(one, schema));
      return [[name, visit(member, ofMember, [...path, name])]];
    });
    return Object.fromEntries(kept);
  };
  const kept = visit(values, partsOf(schema, schema), []);
  return { values: isObject(kept) ? kept : values, unknown };
}

const itemSchema = ({ prefixItems, items }: JsonSchema, index: number): Json | undefined =>
  Array.isArray(prefixItems) && index < prefixItems.length
    ? prefixItems[index]
    : Array.isArray(items)
      ? items[index]
      : items;

interface Members {
  names: string[];
  areOthersWelcome: boolean;
  /** Everything that is said of the member of this name; empty for an unknown one. */
  schemasOf(name: string): Json[];
}

function membersOf(parts: readonly JsonSchema[]): Members {
  const tables = parts.map(({ properties }) => properties).filter(isObject);
  const patterns = parts
    .map((part) => part['patternProperties'])
    .filter(isObject)
    .flatMap((table) => Object.entries(table))
    .map(([pattern, schema]) => ({ pattern: new RegExp(pattern, 'u'), schema }));
  const isClosed = parts.some(
    (part) => part['additionalProperties'] === false || part['unevaluatedProperties'] === false,
  );
  const isDescribed = tables.length > 0;
  return {
    names: tables.flatMap((table) => Object.keys(table)),
    areOthersWelcome: !isClosed && (!isDescribed || parts.some(welcomesOthers)),
    schemasOf: (name) => [
      ...tables.flatMap((table) => (Object.hasOwn(table, name) ? [table[name] ?? null] : [])),
      ...patterns.flatMap(({ pattern, schema }) => (pattern.test(name) ? [schema] : [])),
    ],
  };
}

/** Whether it says that it takes members it does not name, or is for any object at all. */
function welcomesOthers(part: JsonSchema): boolean {
  const others = part['additionalProperties'] ?? part['unevaluatedProperties'];
  if (isObject(others) || others === true || isObject(part['patternProperties'])) return true;
  const isPlainObject = [part['type']].flat().includes('object');
  const saysMore = ['properties', '$ref', 'allOf', 'anyOf', 'oneOf', 'if'].some(
    (word) => part[word],
  );
  return isPlainObject && !saysMore;
}

function unknownSetting(path: Path, name: string, known: readonly string[]): ConfigProblem {
  const hint = didYouMean(name, known) ?? 'there are none here';
  return problemAt(path, 'is an unknown setting', hint);
}
