import type { ErrorObject } from 'ajv';
import type { Json, JsonObject, JsonSchema } from '@capstan/protocol';
import { type ConfigProblem, problemAt } from './problem.ts';

export function problemsFrom(
  errors: readonly ErrorObject[],
  _values: JsonObject,
  _schema: JsonSchema,
): ConfigProblem[] {
  return errors.map((error) =>
    problemAt(error.instancePath.split('/').slice(1), error.message ?? `fails ${error.keyword}`),
  );
}
export type _Json = Json;
