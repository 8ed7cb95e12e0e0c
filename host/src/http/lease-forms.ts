import type { Claim, JsonObject, LeaseRequest } from '../index.ts';
import {
  flag,
  invalid,
  number,
  object,
  objects,
  oneOf,
  optional,
  read,
  text,
  texts,
} from './read.ts';

/** What a client asks for, read member by member: what it has resolved itself is resolved again by the host. */
export function leaseRequest(body: JsonObject): LeaseRequest {
  const { parent, alternatives, ...rest } = read(body, leaseForm);
  return {
    ...rest,
    alternatives,
    ...(parent === undefined ? {} : { parent: read(parent, parentForm, 'parent.') }),
  };
}

const parentForm = { id: text, secret: text };

const alternatives = (value: JsonObject[string] | undefined, name: string): Claim[][] => {
  if (!Array.isArray(value)) throw invalid(`${name} is not a list of lists of claims`);
  return value.map((each, at) => claims(each, `${name}[${at}]`));
};

const claims = (value: JsonObject[string] | undefined, name: string): Claim[] =>
  objects(value, name).map((each, at) => claim(each, `${name}[${at}].`));

const leaseForm = {
  holder: text,
  pid: optional(number),
  termMs: optional(number),
  purpose: optional(text),
  runId: optional(text),
  parent: optional(object),
  alternatives,
  isForced: optional(flag),
  isRanked: optional(flag),
};

const mode = oneOf('shared', 'exclusive');
const quantityForm = { kind: text, resource: text, amount: number };
const nameForm = { kind: text, name: text, mode };
const regionForm = { kind: text, tree: text, patterns: texts, mode, foldsCase: optional(flag) };

function claim(given: JsonObject, where: string): Claim {
  switch (given['kind']) {
    case 'quantity':
      return { ...read(given, quantityForm, where), kind: 'quantity' };
    case 'name':
      return { ...read(given, nameForm, where), kind: 'name' };
    case 'region': {
      const { foldsCase, ...region } = read(given, regionForm, where);
      return { ...region, kind: 'region', ...(foldsCase === true ? { foldsCase } : {}) };
    }
    default:
      throw invalid(`${where}kind is not one of quantity, name, region`);
  }
}

/** The right to change a lease: its secret, or an operator's name. */
export const authorityForm = { secret: optional(text), operator: optional(text) };

export function authorityIn({ secret, operator }: { secret?: string; operator?: string }) {
  if (secret !== undefined) return { secret };
  if (operator !== undefined) return { operator };
  throw invalid('there is neither a secret nor an operator');
}

export const spawnForm = {
  holder: text,
  claims,
  purpose: optional(text),
  runId: optional(text),
  ttlMs: optional(number),
  command: optional(text),
};
