import type { Json, JsonSchema } from '@capstan/protocol';
import { isObject, type JsonPath, own, printPath } from '../composition.ts';
import { suggest } from '../suggest.ts';
import type { Problem } from '../problems.ts';
import { findReferences, parseTemplate, type Reference } from '../references.ts';
import { isAssignable } from '../schemas/assignable.ts';
import { describeExpected, describeType } from '../schemas/describe.ts';
import {
  alternatives,
  isFile,
  type SchemaAt,
  schemaAt,
  stepInto,
  takesFile,
} from '../schemas/navigate.ts';
import { violations } from '../schemas/validator.ts';
import type { World } from './world.ts';

/** Everything wrong with what a node hands to its action, as far as the schemas tell. */
export function withProblems(world: World, id: string): Problem[] {
  const node = own(world.composition.nodes, id);
  const call = world.calls.get(id);
  if (node === undefined || call === undefined) return [];
  const input = schemaAt(call.input);
  const properties = isObject(input.schema['properties']) ? input.schema['properties'] : {};
  const target = node.action ?? `${node.task}.${node.method}`;
  const path = ['nodes', id, 'with'];
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(node.with)) {
    const step = stepInto(input, key);
    if (step.kind === 'missing') {
      problems.push({
        severity: 'error',
        message: `${node.use}.${target} has no input "${key}"`,
        hint: suggest(key, Object.keys(properties), 'inputs'),
        path: [...path, key],
        atKey: true,
      });
    } else if (step.kind === 'found') {
      problems.push(...valueProblems(world, value, step.at, [...path, key], `${id}.${key}`));
    }
  }
  for (const key of required(input.schema)) {
    if (Object.hasOwn(node.with, key)) continue;
    const schema = own(properties, key);
    const type = isObject(schema) ? describeType({ schema: schema, root: input.root }) : 'any';
    problems.push({
      severity: 'error',
      message: `${node.use}.${target} needs the input "${key}" (${type})`,
      hint: `add it under \`with\`: \`${key}: …\``,
      path: Object.keys(node.with).length > 0 ? path : ['nodes', id],
      atKey: true,
    });
  }
  return problems;
}

const required = (schema: JsonSchema): string[] =>
  Array.isArray(schema['required'])
    ? schema['required'].filter((key) => typeof key === 'string')
    : [];

/** `name` is how messages call the place: `ocr.pages[0]`. */
function valueProblems(
  world: World,
  value: Json,
  to: SchemaAt,
  path: JsonPath,
  name: string,
): Problem[] {
  if (typeof value === 'string') return textProblems(world, value, to, path, name);
  if (findReferences(value).references.length === 0) return constantProblems(value, to, path, name);
  const parts: [string | number, Json][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : Object.entries(isObject(value) ? value : {});
  const shape = Array.isArray(value) ? 'array' : 'object';
  const from = schemaAt({ type: shape });
  if (!isAssignable(from, to))
    return [mismatch(name, `a${shape === 'array' ? ' list' : ' mapping'}`, to, path)];
  return parts.flatMap(([step, part]) => {
    const inside = stepInto(to, step);
    const at = [...path, step];
    if (inside.kind === 'found') {
      return valueProblems(world, part, inside.at, at, printPath([step], name));
    }
    if (inside.kind === 'unknown') return [];
    return [
      {
        severity: 'error',
        message: `\`${name}\` has no "${step}": ${inside.reason}`,
        path: at,
        atKey: typeof step === 'string',
      },
    ];
  });
}

function textProblems(
  world: World,
  value: string,
  to: SchemaAt,
  path: JsonPath,
  name: string,
): Problem[] {
  const { template } = parseTemplate(value);
  if (template.kind === 'literal') {
    // A constant path becomes a file when the run is submitted.
    return takesFile(to) ? [] : constantProblems(value, to, path, name);
  }
  if (template.kind === 'whole') {
    const found = world.typeOf(template.reference);
    // References that are wrong in themselves are reported with all others, once.
    if ('wrong' in found || found.type === undefined || isAssignable(found.type, to)) return [];
    if (takesFile(to) && world.fileOfPath(template.reference) !== undefined) return [];
    return [portsIncompatible(template.reference, found.type, to, path, name)];
  }
  const isText = isAssignable(schemaAt({ type: 'string' }), to) || takesFile(to);
  return isText ? [] : [mismatch(name, 'a text', to, path)];
}

function constantProblems(value: Json, to: SchemaAt, path: JsonPath, name: string): Problem[] {
  return violations(withDefinitions(to), withFilesFor(to, unescaped(value))).map((violation) => ({
    severity: 'error',
    message: `\`${printPath(violation.path, name)}\` ${violation.message}`,
    path: [...path, ...violation.path],
  }));
}

/** A property's schema with the definitions of its document, so that it can stand alone. */
function withDefinitions({ schema, root }: SchemaAt): JsonSchema {
  if (schema === root) return schema;
  const definitions = Object.fromEntries(
    Object.entries(root).filter(([key]) => key === '$defs' || key === 'definitions'),
  );
  return { ...definitions, ...schema };
}

const unescaped = (value: Json): Json => {
  if (typeof value === 'string') return value.replaceAll('$${{', '${{');
  if (Array.isArray(value)) return value.map(unescaped);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unescaped(item)]));
};

/** Constant paths, where files are expected, as the files they will be. */
function withFilesFor(to: SchemaAt, value: Json): Json {
  if (typeof value === 'string') {
    return takesFile(to) ? { __wire__: 'capstan.file', data: { path: value } } : value;
  }
  const inside = (step: string | number, part: Json): Json => {
    const next = stepInto(to, step);
    return next.kind === 'found' ? withFilesFor(next.at, part) : part;
  };
  if (Array.isArray(value)) return value.map((item, index) => inside(index, item));
  if (!isObject(value) || typeof value['__wire__'] === 'string') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inside(key, item)]));
}

const mismatch = (name: string, given: string, to: SchemaAt, path: JsonPath): Problem => ({
  severity: 'error',
  message: `\`${name}\` is ${given}, and must be ${describeExpected(to)}`,
  path,
});

function portsIncompatible(
  reference: Reference,
  from: SchemaAt,
  to: SchemaAt,
  path: JsonPath,
  name: string,
): Problem {
  const hint = hintFor(reference, from, to);
  return {
    severity: 'error',
    message: `\`${reference.text}\` (${describeType(from)}) cannot feed \`${name}\` (${describeType(to)})`,
    ...(hint === undefined ? {} : { hint }),
    path,
    offset: reference.offset,
  };
}

/** What would make the two fit, where there is such a thing. */
function hintFor(reference: Reference, from: SchemaAt, to: SchemaAt): string | undefined {
  if (alternatives(from).some(isFile) && isAssignable(schemaAt({ type: 'string' }), to)) {
    return `for the path of the file write \`\${{ ${reference.text}.path }}\``;
  }
  if (isAssignable({ schema: { type: 'array', items: from.schema }, root: from.root }, to)) {
    return `for a list of one write \`["\${{ ${reference.text} }}"]\``;
  }
  const first = stepInto(from, 0);
  if (first.kind === 'found' && isAssignable(first.at, to)) {
    return `for its first item write \`\${{ ${reference.text}[0] }}\``;
  }
  const fitting = isObject(from.schema['properties'])
    ? Object.keys(from.schema['properties']).filter((key) => {
        const part = stepInto(from, key);
        return (
          part.kind === 'found' && part.at.schema['type'] !== 'object' && isAssignable(part.at, to)
        );
      })
    : [];
  return fitting.length === 0
    ? undefined
    : `parts of it that fit: ${fitting.map((key) => `\`${reference.text}.${key}\``).join(', ')}`;
}
