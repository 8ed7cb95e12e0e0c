import { expandFiles, type Json, type JsonObject } from '@capstan/protocol';
import type { z } from 'zod';
import {
  type Composition,
  type CompositionNode,
  isObject,
  type JsonPath,
  namePattern,
} from './composition.ts';
import type { Problem } from './problems.ts';
import { findReferences } from './references.ts';
import { schemaError, violations } from './schemas/validator.ts';
import { shape, shapeProblems } from './shape.ts';

/** Everything that can be wrong with a composition without knowing what is installed. */
export function formProblems(raw: Json): Problem[] {
  const misshapen = shapeProblems(raw);
  if (!isObject(raw)) return misshapen;
  return [
    ...misshapen,
    ...(['inputs', 'nodes', 'outputs'] as const).flatMap((part) => nameProblems(raw[part], part)),
    ...inputProblems(raw['inputs']),
    ...entriesOf(raw['nodes']).flatMap(([id, node]) =>
      isObject(node)
        ? [
            ...targetProblems(node, ['nodes', id]),
            ...timeProblems(node, ['nodes', id]),
            ...referenceProblems(node['with'], ['nodes', id, 'with']),
          ]
        : [],
    ),
    ...referenceProblems(raw['outputs'], ['outputs']),
  ];
}

const entriesOf = (value: Json | undefined): [string, Json][] =>
  isObject(value) ? Object.entries(value) : [];

function nameProblems(record: Json | undefined, part: 'inputs' | 'nodes' | 'outputs'): Problem[] {
  const what = part === 'nodes' ? 'a node' : part === 'inputs' ? 'an input' : 'an output';
  return entriesOf(record)
    .filter(([name]) => !namePattern.test(name) || name === '__proto__')
    .map(([name]) => ({
      severity: 'error',
      message: `${JSON.stringify(name)} cannot name ${what}`,
      hint: 'names start with a letter or _, and go on with letters, digits, _ and -',
      path: [part, name],
      atKey: true,
    }));
}

function inputProblems(inputs: Json | undefined): Problem[] {
  return entriesOf(inputs).flatMap(([name, declared]): Problem[] => {
    if (!isObject(declared)) return [];
    const schema = expandFiles(declared);
    const path = ['inputs', name];
    const error = schemaError(schema);
    if (error !== undefined) {
      return [
        {
          severity: 'error',
          ...error,
          path: [...path, ...error.path],
          atKey: /key/.test(error.message),
        },
      ];
    }
    // The default of a file is a path, and becomes a file when a run is started.
    if (schema['default'] === undefined || JSON.stringify(schema).includes('capstan:file'))
      return [];
    return violations(schema, schema['default']).map((violation) => ({
      severity: 'error',
      message: `the default of "${name}" ${violation.message}`,
      path: [...path, 'default', ...violation.path],
    }));
  });
}

function targetProblems(node: JsonObject, path: JsonPath): Problem[] {
  const { action, task, method } = node;
  const error = (message: string, at: string): Problem => ({
    severity: 'error',
    message,
    hint: 'a node calls either an `action`, or a `task` by one `method`',
    path: [...path, at],
    atKey: Object.hasOwn(node, at),
  });
  if (action !== undefined && (task !== undefined || method !== undefined)) {
    return [
      error(
        `this node has both an action and a ${task === undefined ? 'method' : 'task'}`,
        task === undefined ? 'method' : 'task',
      ),
    ];
  }
  if (action !== undefined || (task !== undefined && method !== undefined)) return [];
  if (task !== undefined) return [error('this node names a task, but not its method', 'task')];
  if (method !== undefined) return [error('this node names a method, but not its task', 'method')];
  return [error('this node does not say what to call', 'action')];
}

/** A node that may not begin before it has to be over can never be done. */
function timeProblems({ delayMs, withinMs }: JsonObject, path: JsonPath): Problem[] {
  if (typeof delayMs !== 'number' || typeof withinMs !== 'number' || delayMs < withinMs) return [];
  return [
    {
      severity: 'error',
      message: `this node waits for ${delayMs} ms, but has to be over within ${withinMs} ms`,
      hint: 'let `delayMs` be less than `withinMs`',
      path: [...path, 'delayMs'],
    },
  ];
}

function referenceProblems(value: Json | undefined, path: JsonPath): Problem[] {
  return findReferences(value).errors.map(({ path: inside, ...error }) => ({
    severity: 'error',
    ...error,
    path: [...path, ...inside],
  }));
}

/** The normal form of something that has no form problems; `unnamed` is what it is called without a name. */
export function normalForm(raw: Json, unnamed: string): Composition {
  const { name = unnamed, description, inputs, nodes, outputs, failFast } = shape.parse(raw);
  return {
    name,
    ...(description === undefined ? {} : { description }),
    inputs: mapValues(inputs ?? {}, expandFiles),
    nodes: mapValues(nodes, normalNode),
    outputs: outputs ?? {},
    failFast: failFast ?? true,
  };
}

function normalNode(node: z.output<typeof shape>['nodes'][string]): CompositionNode {
  const { use, action, task, method, with: input, needs, ...how } = node;
  return {
    use,
    ...(action === undefined ? {} : { action }),
    ...(task === undefined ? {} : { task }),
    ...(method === undefined ? {} : { method }),
    with: input ?? {},
    needs: needs ?? [],
    ...given(how),
  };
}

/** Without what is not there, so that saying nothing and leaving it out are the same. */
const given = (how: object): Partial<CompositionNode> =>
  Object.fromEntries(Object.entries(how).filter(([, value]) => value !== undefined));

const mapValues = <T, U>(
  record: { [key: string]: T },
  change: (value: T) => U,
): { [key: string]: U } =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
