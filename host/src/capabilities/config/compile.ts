import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { formats, type JsonObject, type JsonSchema } from '@capstan/protocol';
import { messageOf } from '../../errors.ts';
import { UnusableSchema, withinStack, withinTime } from './bounded.ts';

export interface Validator {
  errorsIn: (values: JsonObject) => ErrorObject[];
  /** Runs what holds values against this schema; watched, where its patterns and references may take for ever. */
  bounded: <T>(work: () => T) => T;
}

/** Of settings: room for a few thousand choices. */
const mostCharacters = 1024 * 1024;
const mostTame = 64 * 1024;

const compiled = new WeakMap<JsonSchema, Validator>();

/**
 * A check by this schema. Throws UnusableSchema. Draft 7 is read as such where `$schema` says so (or an earlier
 * one), anything else as draft 2020-12; nothing is ever fetched.
 */
export function validatorOf(schema: JsonSchema): Validator {
  const found = compiled.get(schema);
  if (found !== undefined) return found;
  const validator = withinTime(() => compile(schema));
  compiled.set(schema, validator);
  return validator;
}

function compile(schema: JsonSchema): Validator {
  const text = JSON.stringify(schema);
  if (text.length > mostCharacters) {
    throw new UnusableSchema(`it is larger than ${mostCharacters} characters`);
  }
  const { $schema: draft, $async: _, ...body } = schema;
  const isOld = typeof draft === 'string' && /\/draft-0[3-7]\//.test(draft);
  const ajv = isOld ? new Ajv(options) : new Ajv2020(options);
  ajv.addSchema({ $id: 'capstan:file', type: ['object', 'string'] });
  try {
    const validate = ajv.compile(body);
    return {
      errorsIn: (values) => (validate(values) ? [] : (validate.errors ?? [])),
      bounded: isTame(text) ? withinStack : withinTime,
    };
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new UnusableSchema(plain(messageOf(error)));
  }
}

/** Without patterns and references, holding something against a schema always ends soon. */
const isTame = (text: string): boolean =>
  text.length < mostTame && !/"(pattern\w*|\$\w*[rR]ef|uniqueItems)"/.test(text);

const options: Options = {
  allErrors: true,
  // What ajv calls strict forbids keywords it does not know; authors add their own, such as `reloadTrigger`.
  strict: false,
  logger: false,
  // The errors carry what was found, so that the wording needs no second walk.
  verbose: true,
  // 0.3 is a multiple of 0.1, though not in binary.
  multipleOfPrecision: 9,
  formats,
};

/** The validator speaks of its own making; authors know their schema. */
const plain = (message: string): string =>
  message
    .replace(
      /^can't resolve reference (\S+) from id \S*$/,
      'it refers to $1, which is not part of it (nothing is fetched)',
    )
    .replace(/^schema is invalid: /, '')
    .replace(/\bdata(?=[/ ])/g, 'the schema');
