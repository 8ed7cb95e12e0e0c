import {
  isJsonObject,
  type Json,
  type JsonObject,
  type JsonSchema,
  partsOf,
} from '@capstan/protocol';
import { type ConfigProblem, problemAt, settingName } from './problem.ts';
import { isConfidential } from './words.ts';

const mask = '********';

/**
 * Settings that their author marks as passwords (`format: password`, `writeOnly`) and that somebody wants
 * recorded. What is recorded stands in the journal for ever, so these are refused; `capstan.yaml` is the
 * user's own file, and may hold them.
 */
export function confidentialProblems(values: JsonObject, schema: JsonSchema): ConfigProblem[] {
  const found: ConfigProblem[] = [];
  visit(values, schema, (path) => {
    found.push(
      problemAt(
        path,
        'is declared as a password, and what is set is recorded for ever',
        'a secret belongs in a variable that the capability declares, set with `capstan secret set`; or write it in capstan.yaml, which is yours to keep',
      ),
    );
    return null;
  });
  return found;
}

/** The values for showing: passwords masked. */
export const maskedConfig = (values: JsonObject, schema: JsonSchema | undefined): JsonObject =>
  schema === undefined ? values : visit(values, schema, () => mask);

/** The passwords among the values, by setting: nobody is to read them in what a worker says. */
export function passwordsIn(
  values: JsonObject,
  schema: JsonSchema | undefined,
): { [setting: string]: string } {
  const found: { [setting: string]: string } = {};
  if (schema === undefined) return found;
  visit(values, schema, (path, value) => {
    if (typeof value === 'string') found[settingName(path)] = value;
    return null;
  });
  return found;
}

/** That there is no password may be known, and recorded. */
const isNothing = (value: Json): boolean => value === null || value === '';

type Path = (string | number)[];

/** The values with what takes the place of each confidential one. */
function visit(
  values: JsonObject,
  schema: JsonSchema,
  replaced: (path: Path, value: Json) => Json,
): JsonObject {
  const walk = (value: Json, parts: readonly JsonSchema[], path: Path): Json => {
    if (parts.some(isConfidential) && !isNothing(value)) return replaced(path, value);
    if (Array.isArray(value)) {
      const items = parts.flatMap((part) => partsOf(part['items'], schema));
      return value.map((item, index) => walk(item, items, [...path, index]));
    }
    if (!isJsonObject(value)) return value;
    const members = Object.entries(value).map(([name, member]): [string, Json] => {
      const own = parts.flatMap(({ properties }) =>
        isJsonObject(properties) && Object.hasOwn(properties, name)
          ? partsOf(properties[name], schema)
          : [],
      );
      return [name, walk(member, own, [...path, name])];
    });
    return Object.fromEntries(members);
  };
  const walked = walk(values, partsOf(schema, schema), []);
  return isJsonObject(walked) ? walked : values;
}
