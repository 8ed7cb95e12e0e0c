import { isDeepStrictEqual } from 'node:util';
import { type JsonObject, type JsonSchema, withDefaults } from '@capstan/protocol';
import { UnusableSchema } from './bounded.ts';
import { validatorOf } from './compile.ts';
import type { ConfigProblem } from './problem.ts';
import { knownOnly } from './unknown.ts';
import { problemsFrom } from './wording.ts';

export interface CheckedConfig {
  /** What was given, with defaults filled in; as far as it goes where there are problems. */
  values: JsonObject;
  problems: ConfigProblem[];
  warnings: string[];
}

/**
 * Holds settings against the schema a capability declares: every problem at once, each naming the setting,
 * what was found and what is allowed. A setting nobody reads is a mistake whether or not the schema forbids
 * it, unless it allows others explicitly; with `lenient` it is dropped with a warning. Without a schema
 * everything passes.
 *
 * The schema was written by others: one that is broken, refers to somewhere else or takes too long is itself
 * the problem, and is never waited for.
 */
export function checkConfig(
  values: JsonObject,
  schema: JsonSchema | undefined,
  { lenient }: { lenient: boolean },
): CheckedConfig {
  if (schema === undefined || Object.keys(schema).length === 0) {
    return { values, problems: [], warnings: [] };
  }
  try {
    return validatorOf(schema).bounded(() => checked(values, schema, lenient));
  } catch (error) {
    if (!(error instanceof UnusableSchema)) throw error;
    const message = `the schema of its settings cannot be used: ${error.message}`;
    const problem = { path: [], setting: '', message, hint: 'its author has to mend it' };
    return { values, problems: [problem], warnings: [] };
  }
}

function checked(given: JsonObject, schema: JsonSchema, lenient: boolean): CheckedConfig {
  const { errorsIn } = validatorOf(schema);
  const { values: known, unknown } = knownOnly(given, schema);
  const values = withDefaults(lenient ? known : given, schema);
  const usual = withDefaults({}, schema);
  const isUsual = ({ path: [key = ''] }: ConfigProblem) =>
    Object.hasOwn(usual, key) && isDeepStrictEqual(usual[key], values[key]);
  const wrong = inOrder(problemsFrom(errorsIn(values), values));
  // A default that does not fit is the author's mistake; the tool knows it, and nobody else can mend it.
  const warnings = wrong
    .filter(isUsual)
    .map(({ message }) => `${message}; that is its own default, and is passed on`);
  const problems = wrong.filter((problem) => !isUsual(problem));
  if (!lenient) return { values, problems: inOrder([...unknown, ...problems]), warnings };
  const ignored = unknown.map(({ message, hint }) => `${message} and is ignored (${hint})`);
  return { values, problems, warnings: [...ignored, ...warnings] };
}

/** Why the schema that a capability brings cannot be used; null when it can. */
export function schemaFault(schema: JsonSchema | null | undefined): string | null {
  try {
    if (schema) validatorOf(schema);
    return null;
  } catch (error) {
    if (error instanceof UnusableSchema) return error.message;
    throw error;
  }
}

/** One per place and reason: an unknown setting that the schema forbids would be told twice. */
function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ message }) => !seen.has(message) && seen.add(message));
}
