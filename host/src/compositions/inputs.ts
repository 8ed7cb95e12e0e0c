import type { Json, JsonObject, JsonSchema } from '@capstan/protocol';
import { HostError } from '../errors.ts';
import { type Composition, isObject, own, printPath } from './composition.ts';
import { suggest } from './suggest.ts';
import { readFiles } from './read-files.ts';
import { describeExpected } from './schemas/describe.ts';
import { alternatives, isFile, type SchemaAt, schemaAt } from './schemas/navigate.ts';
import { violations } from './schemas/validator.ts';

export interface InputOptions {
  /** Folder that paths among the given values are relative to. */
  cwd: string;
  /** Folder of the composition's file, for paths among its defaults; `cwd` unless given. */
  folder?: string;
  /** Take files among the given values as they are; somebody has just looked at them. */
  trusting?: boolean;
}

export interface InputProblem {
  input: string;
  message: string;
  expected?: string;
  hint?: string;
}

/**
 * The inputs of a run: what was given, brought to the declared types, and defaults for the rest. Texts, as
 * they come from a command line, become numbers, booleans, lists and mappings where those are declared;
 * paths become files with size and content hash. Throws INPUT_INVALID with every problem at once.
 */
export async function bindRunInputs(
  composition: Composition,
  given: JsonObject,
  options: InputOptions,
): Promise<JsonObject> {
  const problems: InputProblem[] = unknownInputs(composition, given);
  const bound: [string, Json][] = [];
  for (const [name, schema] of Object.entries(composition.inputs)) {
    const isGiven = own(given, name) !== undefined;
    const value = isGiven ? own(given, name) : schema['default'];
    const expected = describeExpected(schemaAt(schema));
    if (value === undefined) {
      const description = schema['description'];
      problems.push({
        input: name,
        message: `input "${name}" is missing`,
        expected: typeof description === 'string' ? `${expected} (${description})` : expected,
        hint: `--input ${name}=…`,
      });
      continue;
    }
    const folder = isGiven ? options.cwd : (options.folder ?? options.cwd);
    const answer = await bindValue(schema, value, folder, options.trusting);
    if (answer.problems.length === 0) bound.push([name, answer.value]);
    for (const message of answer.problems)
      problems.push({ input: name, message: `input "${name}"${message}`, expected });
  }
  if (problems.length > 0) throw inputInvalid(problems);
  return Object.fromEntries(bound);
}

function unknownInputs(composition: Composition, given: JsonObject): InputProblem[] {
  return Object.keys(given)
    .filter((name) => !Object.hasOwn(composition.inputs, name))
    .map((input) => ({
      input,
      message: `there is no input "${input}"`,
      hint: suggest(input, Object.keys(composition.inputs), 'inputs'),
    }));
}

/** One value under one schema. Each problem goes on where the name of the value ends. */
export async function bindValue(
  schema: JsonSchema,
  value: Json,
  folder: string,
  trusting = false,
): Promise<{ value: Json; problems: string[] }> {
  const { value: read, problems } = await readValue(schemaAt(schema), value, folder, trusting);
  if (problems.length === 0) {
    for (const violation of violations(schema, read)) {
      const place = violation.path.length === 0 ? '' : ` at ${printPath(violation.path)}`;
      const shown =
        violation.path.length === 0 && !isObject(value) ? `, and is ${JSON.stringify(value)}` : '';
      problems.push(`${place} ${violation.message}${shown}`);
    }
  }
  return { value: read, problems };
}

/** Texts as what they stand for, and paths as files; whether that fits its schema is not looked at yet. */
export async function readValue(
  at: SchemaAt,
  value: Json,
  folder: string,
  trusting = false,
): Promise<{ value: Json; problems: string[] }> {
  const problems: string[] = [];
  const read = await readFiles(at, coerce(at, value), {
    folder,
    trusting,
    report: (why) => problems.push(`: ${why}`),
  });
  return { value: read, problems };
}

/** A text as the first of the declared types it can be read as; itself when there is none. */
function coerce(at: SchemaAt, value: Json): Json {
  if (typeof value !== 'string') return value;
  const choices = alternatives(at);
  if (choices.some((choice) => isFile(choice) || choice.schema['type'] === 'string')) return value;
  for (const choice of choices) {
    const read = readAs(choice, value.trim());
    if (read !== undefined) return read;
  }
  return value;
}

function readAs({ schema }: SchemaAt, text: string): Json | undefined {
  const type = schema['type'];
  return typeof type === 'string' ? readers[type]?.(text) : undefined;
}

/** Undefined also where the nearest number there is would be another one: `1e400`, or twenty digits. */
function numberIn(text: string): number | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  const isExact = !Number.isInteger(value) || Number.isSafeInteger(value) || /e/i.test(text);
  return Number.isFinite(value) && isExact ? value : undefined;
}

/** How a text is read as each type; undefined where it cannot be. */
const readers: { readonly [type: string]: (text: string) => Json | undefined } = {
  integer: numberIn,
  number: numberIn,
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  null: (text) => (text === 'null' ? null : undefined),
  array: jsonIn,
  object: jsonIn,
};

function jsonIn(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** INPUT_INVALID: a line per problem, each with the form that is expected. */
export function inputInvalid(problems: readonly InputProblem[]): HostError {
  const lines = problems.map(({ message, expected, hint }) =>
    [
      message,
      ...(expected === undefined ? [] : [`    expected ${expected}`]),
      ...(hint === undefined ? [] : [`    ${hint}`]),
    ].join('\n'),
  );
  return new HostError('INPUT_INVALID', lines.join('\n'), { details: { problems } });
}
