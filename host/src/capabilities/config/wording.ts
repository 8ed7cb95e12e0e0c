import type { ErrorObject } from 'ajv';
import { formats, isJsonObject, type Json, type JsonObject, nearest } from '@capstan/protocol';
import { allowedBy, articled, listed, shown, typeWords } from './words.ts';
import { type ConfigProblem, problemAt } from './problem.ts';

/** What the validator found, in the words of who wrote the settings: one problem per setting and reason. */
export function problemsFrom(errors: readonly ErrorObject[], values: JsonObject): ConfigProblem[] {
  return withoutEchoes(errors).map((error) => {
    const path = pathOf(error.instancePath, values);
    const { params } = error;
    switch (error.keyword) {
      case 'required':
      case 'dependentRequired':
      case 'dependencies':
        return missing(error, path);
      case 'additionalProperties':
        return problemAt([...path, word(params['additionalProperty'])], 'is an unknown setting');
      case 'unevaluatedProperties':
        return problemAt([...path, word(params['unevaluatedProperty'])], 'is an unknown setting');
      case 'propertyNames':
        return problemAt([...path, word(params['propertyName'])], 'is not allowed as a name');
      default:
        return problemAt(path, reasonOf(error), hintOf(error));
    }
  });
}

type Path = (string | number)[];

function missing(error: ErrorObject, path: Path): ConfigProblem {
  const name = word(error.params['missingProperty']);
  const beside = word(error.params['property']);
  const parent: Json | undefined = error.parentSchema?.['properties'];
  const wanted = isJsonObject(parent) ? allowedBy(parent[name]) : null;
  const needed = beside === '' ? 'is missing' : `is missing; \`${beside}\` needs it`;
  return problemAt([...path, name], wanted === null ? needed : `${needed}: it must be ${wanted}`);
}

/** Why a value does not fit, worded to follow its name. */
function reasonOf(error: ErrorObject): string {
  const { keyword, parentSchema } = error;
  const value: Json = error.data as Json;
  const limit: unknown = error.schema;
  const but = `not ${shown(value, parentSchema)}`;
  switch (keyword) {
    case 'type':
      return `must be ${typeWords(limit as Json)}, ${but}`;
    case 'enum':
      return `must be one of ${listed(limit as Json[])}, ${but}`;
    case 'const':
      return `must be ${JSON.stringify(limit)}, ${but}`;
    case 'minimum':
    case 'maximum':
      return `must be ${boundsOf(parentSchema, keyword, Number(limit))}, ${but}`;
    case 'exclusiveMinimum':
      return `must be more than ${Number(limit)}, ${but}`;
    case 'exclusiveMaximum':
      return `must be less than ${Number(limit)}, ${but}`;
    case 'multipleOf':
      return `must be a multiple of ${Number(limit)}, ${but}`;
    case 'minLength':
      return `must have at least ${counted(limit, 'character')}, ${but}`;
    case 'maxLength':
      return `must have at most ${counted(limit, 'character')}, ${but}`;
    case 'pattern':
      return `must match ${word(limit)}, ${but}`;
    case 'format':
      return `must be ${articled(word(limit))}, ${but}`;
    case 'minItems':
      return `must have at least ${counted(limit, 'item')}, ${but}`;
    case 'maxItems':
      return `must have at most ${counted(limit, 'item')}, ${but}`;
    case 'uniqueItems':
      return `must not hold the same twice: items ${Number(error.params['j'])} and ${Number(error.params['i'])} are equal`;
    case 'minProperties':
      return `must have at least ${counted(limit, 'member')}, ${but}`;
    case 'maxProperties':
      return `must have at most ${counted(limit, 'member')}, ${but}`;
    case 'anyOf':
    case 'oneOf':
      return alternativesReason(error, but);
    case 'not':
      return `must be something else than what is excluded, ${but}`;
    case 'false schema':
      return 'is not allowed here';
    default:
      return error.message ?? `does not fit the rule \`${keyword}\``;
  }
}

function alternativesReason({ schema, params }: ErrorObject, but: string): string {
  if (params['passingSchemas']) return 'fits more than one of the forms that exclude each other';
  const forms = (Array.isArray(schema) ? (schema as Json[]) : []).map(allowedBy);
  const isTold =
    forms.every((form) => form !== null) &&
    new Set(forms).size === forms.length &&
    forms.length <= 6;
  return isTold
    ? `must be ${forms.join(', or ')}, ${but}`
    : `must fit one of the ${forms.length} forms that are allowed, ${but}`;
}

function boundsOf(schema: ErrorObject['parentSchema'], keyword: string, limit: number): string {
  const { minimum, maximum } = schema ?? {};
  const isBoth = typeof minimum === 'number' && typeof maximum === 'number';
  if (isBoth) return `from ${minimum} to ${maximum}`;
  return keyword === 'minimum' ? `at least ${limit}` : `at most ${limit}`;
}

function hintOf({ keyword, data, schema }: ErrorObject): string | undefined {
  if (keyword !== 'enum' || typeof data !== 'string' || !Array.isArray(schema)) return undefined;
  if (data.length > longestGuessed) return undefined;
  const near = nearest(
    data,
    schema.filter((member) => typeof member === 'string'),
  );
  return near === null ? undefined : `did you mean "${near}"?`;
}

/** Nobody means a choice by a longer text. */
const longestGuessed = 64;

/**
 * Errors that only repeat another: those of the alternatives that none of them fits (unless they lead deeper
 * into the one that was meant), the pattern behind a format, the `if` whose `then` is told.
 */
function withoutEchoes(errors: readonly ErrorObject[]): ErrorObject[] {
  let kept: ErrorObject[] = [];
  for (const error of errors) {
    if (error.keyword === 'if') continue;
    const isChoice = error.keyword === 'anyOf' || error.keyword === 'oneOf';
    if (!isChoice || error.params['passingSchemas']) {
      kept.push(error);
      continue;
    }
    const inside = kept.filter(({ instancePath }) => isWithin(instancePath, error.instancePath));
    kept = kept.filter((one) => !inside.includes(one));
    const meant = ofTheMeant(inside, error);
    kept.push(...(meant.length > 0 ? meant : [error]));
  }
  return kept.filter(
    ({ keyword, instancePath, parentSchema }) =>
      keyword !== 'pattern' ||
      !(word(parentSchema?.['format']) in formats) ||
      !kept.some((one) => one.keyword === 'format' && one.instancePath === instancePath),
  );
}

const isWithin = (path: string, base: string): boolean =>
  path === base || path.startsWith(`${base}/`);

/** Of an object or a list the author meant the one alternative that is for such, if there is just one. */
function ofTheMeant(inside: readonly ErrorObject[], choice: ErrorObject): ErrorObject[] {
  const { data, schema, instancePath, schemaPath } = choice;
  if (typeof data !== 'object' || data === null || !Array.isArray(schema)) return [];
  const branches = schema.map((_, i) =>
    inside.filter((error) => error.schemaPath.startsWith(`${schemaPath}/${i}/`)),
  );
  // What a reference leads to does not say from which alternative.
  const isTold = branches.flat().length === inside.length;
  const isOther = (error: ErrorObject): boolean =>
    error.instancePath === instancePath
      ? ['type', 'enum', 'const'].includes(error.keyword)
      : isTold && isTag(error, instancePath);
  if (isTold) {
    const meant = branches.filter((errors) => !errors.some(isOther));
    return meant.length === 1 ? (meant[0] ?? []) : [];
  }
  const others = inside.filter(isOther).length;
  return others === schema.length - 1 ? inside.filter((error) => !isOther(error)) : [];
}

/** A member by which alternatives are told apart has another value. */
const isTag = ({ keyword, instancePath }: ErrorObject, base: string): boolean =>
  ['enum', 'const'].includes(keyword) && !instancePath.slice(base.length + 1).includes('/');

/** JSON pointers write `/` as `~1` and `~` as `~0`, and list positions as digits. */
function pathOf(pointer: string, values: JsonObject): Path {
  let at: Json | undefined = values;
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      if (Array.isArray(at)) {
        at = at[Number(name)];
        return Number(name);
      }
      at = isJsonObject(at) ? at[name] : undefined;
      return name;
    });
}

const counted = (count: unknown, noun: string): string =>
  `${Number(count)} ${noun}${Number(count) === 1 ? '' : 's'}`;

const word = (value: unknown): string => (typeof value === 'string' ? value : '');
