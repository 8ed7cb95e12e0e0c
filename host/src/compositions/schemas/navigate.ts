import { fileRef, type Json, type JsonSchema } from '@capstan/protocol';
import { isObject, type JsonPath, own } from '../composition.ts';

/** A schema together with the document its `#/…` references point into. */
export interface SchemaAt {
  schema: JsonSchema;
  root: JsonSchema;
}

export const schemaAt = (schema: JsonSchema, root: JsonSchema = schema): SchemaAt =>
  resolve({ schema, root });

export const isFile = ({ schema }: SchemaAt): boolean => schema['$ref'] === fileRef;

/** What a file offers to a reference: `.path`, `.sha256` and so on. */
export const fileData: JsonSchema = {
  type: 'object',
  properties: {
    path: { type: 'string' },
    sha256: { type: 'string' },
    size: { type: 'integer' },
    mediaType: { type: 'string' },
  },
  additionalProperties: false,
};

/** Follows references inside the document. One that leads nowhere, or in a circle, says nothing. */
export function resolve(at: SchemaAt): SchemaAt {
  let { schema } = at;
  for (let hops = 0; hops < 20; hops++) {
    const ref = schema['$ref'];
    if (typeof ref !== 'string' || ref === fileRef) return { schema, root: at.root };
    const target = ref.startsWith('#') ? pointed(at.root, ref.slice(1)) : undefined;
    if (target === undefined) return { schema: {}, root: at.root };
    schema = target;
  }
  return { schema: {}, root: at.root };
}

function pointed(root: JsonSchema, pointer: string): JsonSchema | undefined {
  let at: Json | undefined = root;
  for (const part of decodeURIComponent(pointer).split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    at = Array.isArray(at) ? at[Number(key)] : isObject(at) ? own(at, key) : undefined;
  }
  return isObject(at) ? at : undefined;
}

/** The schemas a value may follow: members of `anyOf` and `oneOf`, `["string", "null"]` taken apart. */
export function alternatives(at: SchemaAt): SchemaAt[] {
  const { schema, root } = resolve(at);
  for (const key of ['anyOf', 'oneOf']) {
    const choices = schema[key];
    if (Array.isArray(choices)) {
      return choices.flatMap((choice) =>
        isObject(choice) ? alternatives({ schema: choice, root }) : [{ schema: {}, root }],
      );
    }
  }
  const type = schema['type'];
  if (Array.isArray(type)) return type.map((one) => ({ schema: { ...schema, type: one }, root }));
  return [{ schema, root }];
}

/** Whether a text there is the path of a file, and not just a text. */
export function takesFile(at: SchemaAt): boolean {
  const choices = alternatives(at);
  return choices.some(isFile) && !choices.some(({ schema }) => schema['type'] === 'string');
}

export type StepAnswer =
  | { kind: 'found'; at: SchemaAt }
  | { kind: 'unknown' }
  | { kind: 'missing'; known: string[]; reason: string };

/** The schema of what lies one key or index further in; `missing` only where the schema is clear about it. */
export function stepInto(at: SchemaAt, step: string | number): StepAnswer {
  const choices = alternatives(at);
  const answers = choices.map((choice) => stepIntoOne(choice, step));
  const found = answers.find((answer) => answer.kind === 'found');
  if (answers.some((answer) => answer.kind === 'unknown')) return { kind: 'unknown' };
  if (found !== undefined) return answers.length === 1 ? found : { kind: 'unknown' };
  return (
    answers.find((answer) => answer.kind === 'missing' && answer.known.length > 0) ??
    answers[0] ?? { kind: 'unknown' }
  );
}

function stepIntoOne(at: SchemaAt, step: string | number): StepAnswer {
  const { schema, root } = isFile(at) ? { schema: fileData, root: fileData } : at;
  const type = schema['type'];
  if (type === 'array') return stepIntoArray({ schema, root }, step);
  const properties = schema['properties'];
  if (type === undefined && !isObject(properties)) return { kind: 'unknown' };
  if (type !== undefined && type !== 'object') {
    return {
      kind: 'missing',
      known: [],
      reason: `it is ${JSON.stringify(type)}, which has no parts`,
    };
  }
  const property = isObject(properties) ? own(properties, String(step)) : undefined;
  if (property !== undefined) return foundOrUnknown(property, root);
  const additional = schema['additionalProperties'];
  if (isObject(additional)) return foundOrUnknown(additional, root);
  if (additional === true || isObject(schema['patternProperties'])) return { kind: 'unknown' };
  const known = isObject(properties) ? Object.keys(properties) : [];
  // A declared result that lists its properties is taken at its word; one that lists none says nothing.
  if (known.length === 0 && additional !== false) return { kind: 'unknown' };
  return {
    kind: 'missing',
    known,
    reason: `it has ${known.length === 0 ? 'no keys' : `only ${known.join(', ')}`}`,
  };
}

function stepIntoArray({ schema, root }: SchemaAt, step: string | number): StepAnswer {
  if (typeof step !== 'number')
    return { kind: 'missing', known: [], reason: 'it is a list; write `[0]`' };
  const prefix = schema['prefixItems'];
  const item = Array.isArray(prefix) && step < prefix.length ? prefix[step] : schema['items'];
  return item === undefined ? { kind: 'unknown' } : foundOrUnknown(item, root);
}

const foundOrUnknown = (schema: Json, root: JsonSchema): StepAnswer =>
  isObject(schema) ? { kind: 'found', at: resolve({ schema: schema, root }) } : { kind: 'unknown' };

/** The schema at a path, or the first step that cannot be there. */
export function walkSchema(
  from: SchemaAt,
  path: JsonPath,
):
  | { kind: 'found'; at: SchemaAt }
  | { kind: 'unknown' }
  | { kind: 'missing'; index: number; known: string[]; reason: string } {
  let at = resolve(from);
  for (const [index, step] of path.entries()) {
    const answer = stepInto(at, step);
    if (answer.kind === 'missing') return { ...answer, index };
    if (answer.kind === 'unknown') return answer;
    at = answer.at;
  }
  return { kind: 'found', at };
}
