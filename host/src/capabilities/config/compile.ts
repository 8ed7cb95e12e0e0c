import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { formats, type JsonObject, type JsonSchema } from '@capstan/protocol';
import { messageOf } from '../../errors.ts';

/** A schema that cannot be applied; the message says why, to follow "it cannot be used:". */
export class UnusableSchema extends Error {}

export type Validator = (values: JsonObject) => ErrorObject[];

/** Of settings: room for a few thousand choices. */
const mostCharacters = 1024 * 1024;

const compiled = new WeakMap<JsonSchema, Validator>();

/**
 * A check by this schema. Throws UnusableSchema. Draft 7 is read as such where `$schema` says so (or an earlier
 * one), anything else as draft 2020-12; nothing is ever fetched.
 */
export function validatorOf(schema: JsonSchema): Validator {
  const found = compiled.get(schema);
  if (found !== undefined) return found;
  const validator = compile(schema);
  compiled.set(schema, validator);
  return validator;
}

function compile(schema: JsonSchema): Validator {
  if (JSON.stringify(schema).length > mostCharacters) {
    throw new UnusableSchema(`it is larger than ${mostCharacters} characters`);
  }
  const { $schema: draft, $async: _, ...body } = schema;
  const isOld = typeof draft === 'string' && /\/draft-0[3-7]\//.test(draft);
  const ajv = isOld ? new Ajv(options) : new Ajv2020(options);
  ajv.addSchema({ $id: 'capstan:file', type: ['object', 'string'] });
  try {
    const validate = ajv.compile(body);
    return (values) => (validate(values) ? [] : (validate.errors ?? []));
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new UnusableSchema(plain(messageOf(error)));
  }
}

const options: Options = {
  allErrors: true,
  // What ajv calls strict forbids keywords it does not know; authors add their own, such as `reloadTrigger`.
  strict: false,
  logger: false,
  // The errors carry what was found, so that the wording needs no second walk.
  verbose: true,
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
