import { fileRef, type JsonSchema } from '@capstan/protocol';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { messageOf } from '../../errors.ts';
import { isObject, type JsonPath, printPath } from '../composition.ts';
import { nouns } from './describe.ts';
import { suggest } from '../suggest.ts';

const fileSchema = {
  $id: fileRef,
  type: 'object',
  required: ['__wire__', 'data'],
  properties: {
    __wire__: { const: 'capstan.file' },
    data: {
      type: 'object',
      required: ['path'],
      properties: { path: { type: 'string', minLength: 1 } },
    },
  },
};

/** Built at first use: that takes as long as starting a small program, and many commands check no schema. */
const lazily = <T>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => (made ??= make());
};

/** Schemas come from many languages, so unknown keywords and formats are let be. */
const lenient = lazily(() =>
  new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).addSchema(fileSchema),
);
const strict = lazily(() =>
  new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    strictTuples: false,
    validateFormats: false,
  }).addSchema(fileSchema),
);

const compiled = new WeakMap<JsonSchema, ValidateFunction>();

export interface SchemaViolation {
  path: JsonPath;
  message: string;
}

/**
 * What is wrong with a value under a schema, in words, each with its place inside the value. The schema of a
 * typed value is that of its fields.
 */
export function violations(schema: JsonSchema, value: unknown): SchemaViolation[] {
  const validate = compiled.get(schema) ?? compile(schema);
  if (validate(value)) return [];
  const fields = withoutTags(value);
  return fields !== value ? violations(schema, fields) : explained(validate, value);
}

/** The same value with the fields of each typed one in its place, and the value itself where there is none. */
function withoutTags(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(withoutTags);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isObject(value)) return value;
  const { __wire__: kind, data } = value;
  if (typeof kind === 'string' && kind !== 'capstan.file' && isObject(data)) {
    return withoutTags(data);
  }
  const entries = Object.entries(value);
  const members = entries.map(([key, member]) => [key, withoutTags(member)] as const);
  const isSame = members.every(([, member], index) => member === entries[index]?.[1]);
  return isSame ? value : Object.fromEntries(members);
}

function explained(validate: ValidateFunction, value: unknown): SchemaViolation[] {
  const errors = (validate.errors ?? []).filter((error) => error.keyword !== 'if');
  // Behind a failed `anyOf` stand the failures of each of its members; together they say less than it does.
  const choices = errors.filter((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf');
  return errors
    .filter(
      (error) =>
        !choices.some(
          (choice) => error !== choice && error.schemaPath.startsWith(`${choice.schemaPath}/`),
        ),
    )
    .filter(
      (error, index, all) =>
        all.findIndex(
          (other) =>
            other.instancePath === error.instancePath && isFileError(other) && isFileError(error),
        ) === index || !isFileError(error),
    )
    .map((error) => ({ path: pathOf(error.instancePath, value), message: wording(error) }));
}

function compile(schema: JsonSchema): ValidateFunction {
  const validate = lenient().compile(schema);
  // Ajv would keep it for ever, and a host that runs for months sees a schema anew with each direct call.
  lenient().removeSchema(schema);
  compiled.set(schema, validate);
  return validate;
}

const isFileError = (error: ErrorObject): boolean => error.schemaPath.startsWith(fileRef);

function wording(error: ErrorObject): string {
  const { keyword, params } = error;
  if (isFileError(error)) return 'must be a file';
  if (keyword === 'enum') return `must be one of ${list(params['allowedValues'])}`;
  if (keyword === 'const') return `must be ${JSON.stringify(params['allowedValue'])}`;
  if (keyword === 'type')
    return `must be ${[params['type']]
      .flat()
      .map((type) => nouns[type]?.[0] ?? type)
      .join(' or ')}`;
  if (keyword === 'required') return `lacks "${params['missingProperty']}"`;
  if (keyword === 'additionalProperties')
    return `has an unknown key "${params['additionalProperty']}"`;
  if (keyword === 'anyOf' || keyword === 'oneOf') return 'fits none of the forms it may have';
  return error.message ?? `breaks "${keyword}"`;
}

const list = (values: unknown): string =>
  Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(', ') : String(values);

/** `/rates/0` as `['rates', 0]`; whether a step is an index, only the value can tell. */
function pathOf(pointer: string, value: unknown): JsonPath {
  let at: unknown = value;
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((key) => {
      const step = Array.isArray(at) ? Number(key) : key;
      at = isObject(at) ? at[key] : Array.isArray(at) ? at[Number(key)] : undefined;
      return step;
    });
}

/** Why a schema is not one, and where in it; undefined when it is one. */
export function schemaError(
  schema: JsonSchema,
): { message: string; hint?: string; path: JsonPath } | undefined {
  if (!strict().validateSchema(schema)) {
    const [error] = strict().errors ?? [];
    const path = error === undefined ? [] : pathOf(error.instancePath, schema);
    const type = schema['type'];
    if (path.at(-1) === 'type' && typeof type === 'string') {
      return {
        message: `${JSON.stringify(type)} is not a type`,
        hint: suggest(type, types, 'types'),
        path,
      };
    }
    return {
      message: `not a JSON Schema: ${printPath(path)} ${error?.message ?? 'is invalid'}`,
      path,
    };
  }
  try {
    strict().compile(schema);
    return undefined;
  } catch (error) {
    const unknown = /unknown keyword: "(.+?)"/.exec(messageOf(error))?.[1];
    if (unknown === undefined)
      return { message: `not a JSON Schema: ${messageOf(error)}`, path: [] };
    return {
      message: `unknown key "${unknown}"`,
      hint: suggest(unknown, keywords, 'keys'),
      path: Object.hasOwn(schema, unknown) ? [unknown] : [],
    };
  }
}

const types = ['file', 'string', 'integer', 'number', 'boolean', 'array', 'object', 'null'];
const keywords = [
  'type',
  'description',
  'default',
  'enum',
  'const',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'items',
  'properties',
  'required',
  'anyOf',
  'title',
  'examples',
];
