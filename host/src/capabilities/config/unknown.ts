import type { Json, JsonObject, JsonSchema } from '@capstan/protocol';
import { didYouMean } from '../did-you-mean.ts';
import { type ConfigProblem, problemAt } from './problem.ts';
import { isObject, partsOf } from './walk.ts';

type Path = readonly (string | number)[];

/**
 * The values without the settings that the schema does not know, and what those were. Where it allows others
 * (`additionalProperties`, `patternProperties` and their like) nothing is unknown.
 */
export function withoutUnknown(
  values: JsonObject,
  schema: JsonSchema,
): { values: JsonObject; unknown: ConfigProblem[] } {
  const unknown: ConfigProblem[] = [];
  const visit = (value: Json, at: readonly JsonSchema[], path: Path): Json => {
    if (Array.isArray(value)) {
      const items = at.flatMap((part) => partsOf(part['items'], schema));
      return value.map((item, index) => visit(item, items, [...path, index]));
    }
    if (!isObject(value)) return value;
    const known = knownIn(at);
    const kept = Object.entries(value).filter(([name]) => {
      if (known === null || known.has(name)) return true;
      unknown.push(unknownSetting([...path, name], name, [...known.keys()]));
      return false;
    });
    return Object.fromEntries(
      kept.map(([name, member]) => {
        const of = (known?.get(name) ?? []).flatMap((property) => partsOf(property, schema));
        return [name, visit(member, of, [...path, name])];
      }),
    );
  };
  const kept = visit(values, partsOf(schema, schema), []);
  return { values: isObject(kept) ? kept : values, unknown };
}

/** The members that an object may have, each with what is said of it; null where others are welcome. */
function knownIn(parts: readonly JsonSchema[]): Map<string, Json[]> | null {
  const described = parts.filter(({ properties }) => isObject(properties));
  if (described.length === 0) return isClosed(parts) ? new Map() : null;
  if (!isClosed(parts) && parts.some(welcomesOthers)) return null;
  const known = new Map<string, Json[]>();
  for (const { properties } of described) {
    for (const [name, property] of Object.entries(isObject(properties) ? properties : {})) {
      known.set(name, [...(known.get(name) ?? []), property]);
    }
  }
  return known;
}

const isClosed = (parts: readonly JsonSchema[]): boolean =>
  parts.some((part) => part['additionalProperties'] === false && !part['patternProperties']);

function welcomesOthers(part: JsonSchema): boolean {
  const others = part['additionalProperties'] ?? part['unevaluatedProperties'];
  return isObject(others) || others === true || isObject(part['patternProperties']);
}

function unknownSetting(path: Path, name: string, known: readonly string[]): ConfigProblem {
  const hint = didYouMean(name, known) ?? (path.length === 1 ? 'it has no settings' : undefined);
  return problemAt(path, 'is an unknown setting', hint);
}
