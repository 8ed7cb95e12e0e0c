import { type JsonObject, type JsonSchema, withoutUnknown } from '@capstan/protocol';
import { didYouMean } from '../did-you-mean.ts';
import { UnusableSchema } from './bounded.ts';
import { validatorOf } from './compile.ts';
import { type ConfigProblem, problemAt, settingName } from './problem.ts';

/**
 * The values without what the schema does not know, at any depth, and the names of what that was: for what was
 * recorded under an earlier version. With a schema that cannot be used, everything is known.
 */
export function dropUnknown(
  values: JsonObject,
  schema: JsonSchema | undefined,
): { values: JsonObject; unknown: string[] } {
  if (schema === undefined || Object.keys(schema).length === 0) return { values, unknown: [] };
  try {
    return validatorOf(schema).bounded(() => {
      const found = withoutUnknown(values, schema);
      return { values: found.values, unknown: found.unknown.map(({ path }) => settingName(path)) };
    });
  } catch (error) {
    if (!(error instanceof UnusableSchema)) throw error;
    return { values, unknown: [] };
  }
}

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
