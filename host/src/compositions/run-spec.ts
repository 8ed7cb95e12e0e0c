import { type JsonObject, wireValue } from '@capstan/protocol';
import { invariant } from '../errors.ts';
import type { NodeSpec, RunSpec } from '../stores/index.ts';
import { type Catalog, type Composition, isObject } from './composition.ts';
import { formHash, inputsHash } from './hashes.ts';
import { findCall } from './validate/call.ts';
import { needsOf } from './validate/order.ts';

/** What the store is asked for: the composition with its files read, and the inputs bound. */
export function runSpec(
  composition: Composition,
  inputs: JsonObject,
  catalog: Catalog,
): Omit<RunSpec, 'resume'> {
  const definition = wireValue(composition);
  invariant(isObject(definition), 'a composition is an object');
  return {
    name: composition.name,
    definition,
    definitionHash: formHash(composition),
    inputs,
    inputsHash: inputsHash(inputs),
    nodes: Object.keys(composition.nodes).map((id) => nodeSpec(composition, id, catalog)),
    outputs: composition.outputs,
    failFast: composition.failFast,
  };
}

function nodeSpec(composition: Composition, nodeId: string, catalog: Catalog): NodeSpec {
  const node = composition.nodes[nodeId];
  invariant(node !== undefined, `node ${nodeId} is in its composition`);
  const found = findCall(node, ['nodes', nodeId], catalog);
  const { use, with: input, needs: _, ...rest } = node;
  return {
    nodeId,
    // What is kept of an earlier run may be gone from the catalog: it will never be called.
    capability: found.kind === 'found' ? found.capability : use,
    ...(found.kind === 'found' && found.instance !== null ? { instance: found.instance } : {}),
    ...rest,
    input,
    // Only a node whose earlier result is kept may have lost its tool; it will never be called.
    effects: found.kind === 'found' ? found.call.effects : 'unsafe',
    needs: needsOf(composition, nodeId),
  };
}
