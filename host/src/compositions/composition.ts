import type { ActionDescription, Json, JsonObject, JsonSchema } from '@capstan/protocol';
import type { RetryPolicy } from '../kernel/index.ts';

/**
 * A composition in its one normal form: what YAML, JSON and the TypeScript builder all become, what is
 * hashed, and what is stored with a run. Everything optional in a file has its default here, and the
 * shorthand `{type: file}` has become `{"$ref": "capstan:file"}`.
 */
export interface Composition {
  name: string;
  description?: string;
  /** A JSON Schema per input. One with a `default` need not be given. */
  inputs: { [name: string]: JsonSchema };
  nodes: { [id: string]: CompositionNode };
  outputs: { [name: string]: Json };
  /** Whether the first failure also cancels the nodes that do not depend on it. */
  failFast: boolean;
}

/** One call. Either `action`, or `task` and `method`, says which. */
export interface CompositionNode {
  use: string;
  action?: string;
  task?: string;
  method?: string;
  with: JsonObject;
  /** Nodes that must be completed first although nothing of theirs is referred to. */
  needs: string[];
  priority?: number;
  /** How long one attempt may take. */
  deadlineMs?: number;
  /** How long the node may take in all, from when it is ready. */
  withinMs?: number;
  /** How long the node waits after it is ready. */
  delayMs?: number;
  retry?: RetryPolicy;
  /** Flags for the tool, handed through beside the inputs. */
  control?: JsonObject;
}

/** What is declared in a workspace, as plain data: all that validation needs to know of capabilities. */
export interface Catalog {
  capabilities: { [name: string]: CatalogEntry };
  /** The capability of every instance that has a name of its own. */
  instances?: { readonly [id: string]: string };
}

export interface CatalogEntry {
  installed: boolean;
  actions: { [name: string]: ActionDescription };
  tasks: { [task: string]: { [method: string]: ActionDescription } };
}

export type JsonPath = readonly (string | number)[];

/** What nodes, inputs and outputs may be called, so that a reference needs no quotes. */
export const namePattern = /^[A-Za-z_][A-Za-z0-9_-]*$/;

export const isObject = (value: unknown): value is { [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member of its own only: `constructor` is a name like any other to a user. */
export function own<T>(record: { readonly [key: string]: T }, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** What a name to call stands for: a capability, that is its default instance, or one of its instances. */
export interface Callee {
  capability: string;
  /** Null for the default instance. */
  instance: string | null;
}

/** Null for a name that nothing has. */
export function calleeOf(name: string, { capabilities, instances = {} }: Catalog): Callee | null {
  if (Object.hasOwn(capabilities, name)) return { capability: name, instance: null };
  const capability = own(instances, name);
  return capability === undefined ? null : { capability, instance: name };
}

/** All that can be named as what to call. */
export const calleeNames = ({ capabilities, instances = {} }: Catalog): string[] => [
  ...Object.keys(capabilities),
  ...Object.keys(instances),
];

/** Writes `['nodes', 'wav', 'with', 'rates', 0]` as `nodes.wav.with.rates[0]`, going on from `start`. */
export function printPath(path: JsonPath, start = ''): string {
  let text = start;
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
