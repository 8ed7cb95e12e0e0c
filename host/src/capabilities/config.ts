import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { JsonObject, JsonSchema } from '@capstan/protocol';
import type { HostError } from '../errors.ts';
import type { CapabilityDeclaration } from './declaration.ts';
import { didYouMean } from './did-you-mean.ts';
import { type Problem, problemsError } from './yaml-text.ts';

/**
 * Holds the `config` of a capability against the schema it declared: unknown keys, types and ranges, every
 * problem at its place in `capstan.yaml`. Null when all is well or the capability declared no schema.
 */
export function configError(
  { config, where }: CapabilityDeclaration,
  schema: JsonSchema | undefined,
  file: string,
): HostError | null {
  if (schema === undefined || Object.keys(schema).length === 0) return null;
  const problems = [
    ...unknownKeys(config, schema).map((problem) => ({
      ...problem,
      ...where('config', problem.key),
    })),
    ...schemaErrors(config, schema).map(({ path, message }) => ({
      message,
      ...where('config', ...path),
    })),
  ];
  return problems.length === 0 ? null : problemsError('CONFIG_INVALID', file, problems);
}

/** A setting nobody reads is a typing mistake, whether or not the schema forbids it. */
function unknownKeys(
  config: JsonObject,
  schema: JsonSchema,
): (Pick<Problem, 'message' | 'hint'> & { key: string })[] {
  const properties = schema['properties'];
  if (typeof properties !== 'object' || properties === null) return [];
  if (typeof schema['additionalProperties'] === 'object' || schema['patternProperties']) return [];
  const known = Object.keys(properties);
  return Object.keys(config)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const hint = didYouMean(key, known) ?? 'it has no settings';
      return { key, message: `config: unknown setting "${key}"`, hint };
    });
}

function schemaErrors(
  config: JsonObject,
  schema: JsonSchema,
): { path: string[]; message: string }[] {
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'capstan:file', type: ['object', 'string'] });
  const { $schema: _anyDraft, ...body } = schema;
  const validate = ajv.compile(body);
  if (validate(config)) return [];
  return (validate.errors ?? [])
    .filter(({ keyword }) => keyword !== 'additionalProperties')
    .map((error) => {
      const path = error.instancePath.split('/').slice(1).map(unescaped);
      return { path, message: `${['config', ...path].join('.')} ${reasonOf(error)}` };
    });
}

function reasonOf({ keyword, params, message }: ErrorObject): string {
  if (keyword === 'enum') {
    const values: unknown = params['allowedValues'];
    return `must be one of ${Array.isArray(values) ? values.map(String).join(', ') : '?'}`;
  }
  return message ?? `fails ${keyword}`;
}

/** JSON pointers write `/` as `~1` and `~` as `~0`. */
const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');
