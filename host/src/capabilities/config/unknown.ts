import { type JsonObject, type JsonSchema, withoutUnknown } from '@capstan/protocol';
import { didYouMean } from '../did-you-mean.ts';
import { type ConfigProblem, problemAt } from './problem.ts';

/** The values without the settings that the schema does not know, and what is to be said of those. */
export function knownOnly(
  values: JsonObject,
  schema: JsonSchema,
): { values: JsonObject; unknown: ConfigProblem[] } {
  const found = withoutUnknown(values, schema);
  const unknown = found.unknown.map(({ path, known }) =>
    problemAt(
      path,
      'is an unknown setting',
      didYouMean(String(path.at(-1)), known) ?? 'there are none here',
    ),
  );
  return { values: found.values, unknown };
}
