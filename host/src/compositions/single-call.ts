import type { JsonObject } from '@capstan/protocol';
import { HostError } from '../errors.ts';
import {
  calleeOf,
  type Catalog,
  type Composition,
  type CompositionNode,
  isObject,
  own,
} from './composition.ts';
import { inputInvalid } from './inputs.ts';
import { suggest } from './suggest.ts';
import { findCall } from './validate/call.ts';

/**
 * A composition of one node for a direct call: `ffmpeg.convert`, or `vad.voice-activity.detect` for a task.
 * Its inputs are those of the action that are given or required, typed as the action types them; its one
 * output `result` is the result of the call. Throws CAPABILITY_NOT_FOUND, CAPABILITY_NOT_INSTALLED,
 * ACTION_NOT_FOUND, INPUT_INVALID.
 */
export function singleCall(target: string, given: JsonObject, catalog: Catalog): Composition {
  const node = nodeOf(target, catalog);
  const found = findCall(node, [], catalog);
  if (found.kind === 'unknown') {
    const { message, hint, path } = found.problem;
    const isCapability = path.at(-1) === 'use';
    const isDeclared = calleeOf(node.use, catalog) !== null;
    const code = !isCapability
      ? 'ACTION_NOT_FOUND'
      : isDeclared
        ? 'CAPABILITY_NOT_INSTALLED'
        : 'CAPABILITY_NOT_FOUND';
    throw new HostError(code, message, hint === undefined ? {} : { hint });
  }
  const { input } = found.call;
  const properties = isObject(input['properties']) ? input['properties'] : {};
  const required = Array.isArray(input['required']) ? input['required'].map(String) : [];
  const unknown = Object.keys(given).filter((key) => !Object.hasOwn(properties, key));
  if (unknown.length > 0 && input['additionalProperties'] !== true) {
    throw inputInvalid(
      unknown.map((name) => ({
        input: name,
        message: `${target} has no input "${name}"`,
        hint: suggest(name, Object.keys(properties), 'inputs'),
      })),
    );
  }
  const names = [...new Set([...required, ...Object.keys(given)])];
  const definitions = Object.fromEntries(
    Object.entries(input).filter(([key]) => key === '$defs' || key === 'definitions'),
  );
  const inputs = names.map((name) => {
    const schema = own(properties, name);
    return [name, { ...definitions, ...(isObject(schema) ? schema : {}) }];
  });
  const id = node.action ?? node.method ?? 'call';
  return {
    name: target,
    inputs: Object.fromEntries(inputs),
    nodes: {
      [id]: {
        ...node,
        with: Object.fromEntries(names.map((name) => [name, `\${{ inputs.${name} }}`])),
      },
    },
    outputs: { result: `\${{ nodes.${id}.output }}` },
    failFast: true,
  };
}

/** What a node says of `capability.action` or `capability.task.method`; undefined for anything else. */
export function callOf(
  target: string,
): { use: string; action: string } | { use: string; task: string; method: string } | undefined {
  const [use = '', second = '', method, ...more] = target.split('.');
  if (use === '' || second === '' || method === '' || more.length > 0) return undefined;
  return method === undefined ? { use, action: second } : { use, task: second, method };
}

function nodeOf(target: string, catalog: Catalog): CompositionNode {
  const call = callOf(target);
  if (call !== undefined) return { ...call, with: {}, needs: [] };
  const [use = ''] = target.split('.');
  throw new HostError('USAGE', `"${target}" does not say which action to call`, {
    hint: hintFor(use, catalog),
  });
}

function hintFor(use: string, catalog: Catalog): string {
  const callee = calleeOf(use, catalog);
  const entry = callee === null ? undefined : own(catalog.capabilities, callee.capability);
  if (entry === undefined) return 'write `capability.action`, or `capability.task.method`';
  const tasks = Object.entries(entry.tasks).flatMap(([task, methods]) =>
    Object.keys(methods).map((method) => `${use}.${task}.${method}`),
  );
  return `it offers ${[...Object.keys(entry.actions).map((action) => `${use}.${action}`), ...tasks].join(', ')}`;
}
