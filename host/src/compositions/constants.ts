import type { Json } from '@capstan/protocol';
import type { Catalog, Composition, CompositionNode } from './composition.ts';
import { type InputProblem, inputInvalid } from './inputs.ts';
import { readFiles } from './read-files.ts';
import { describeExpected } from './schemas/describe.ts';
import { schemaAt, stepInto } from './schemas/navigate.ts';
import { findCall } from './validate/call.ts';

/**
 * The composition with the paths that its nodes give as constants turned into files, as the inputs of a
 * run are. They are relative to the composition's folder. Throws INPUT_INVALID.
 */
export async function readConstantFiles(
  composition: Composition,
  catalog: Catalog,
  folder: string,
): Promise<Composition> {
  const problems: InputProblem[] = [];
  const nodes: { [id: string]: CompositionNode } = {};
  for (const [id, node] of Object.entries(composition.nodes)) {
    const found = findCall(node, ['nodes', id], catalog);
    if (found.kind === 'unknown') {
      // What a tool takes is not known without it; whoever needs the tool has checked that it is there.
      nodes[id] = node;
      continue;
    }
    const input = schemaAt(found.call.input);
    const bound: { [key: string]: Json } = {};
    for (const [key, value] of Object.entries(node.with)) {
      const step = stepInto(input, key);
      const report = (why: string) =>
        problems.push({
          input: `${id}.${key}`,
          message: `nodes.${id}.with.${key}: ${why}`,
          ...(step.kind === 'found' ? { expected: describeExpected(step.at) } : {}),
        });
      bound[key] =
        step.kind === 'found'
          ? await readFiles(step.at, value, {
              folder,
              report,
              isLater: (text) => text.includes('${{'),
            })
          : value;
    }
    nodes[id] = { ...node, with: bound };
  }
  if (problems.length > 0) throw inputInvalid(problems);
  return { ...composition, nodes };
}
