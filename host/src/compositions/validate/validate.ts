import type { Json } from '@capstan/protocol';
import type { Catalog, Composition, JsonPath } from '../composition.ts';
import { suggest } from '../suggest.ts';
import type { Problem } from '../problems.ts';
import { findReferences, type Reference } from '../references.ts';
import { describeType } from '../schemas/describe.ts';
import { alternatives, isFile, type SchemaAt } from '../schemas/navigate.ts';
import { cycleProblems } from './order.ts';
import { withProblems } from './with.ts';
import { World } from './world.ts';

/**
 * Everything wrong with a composition in this workspace: names that nothing answers to, inputs that are
 * missing, values whose types cannot fit, nodes that wait for each other. Pure; nothing is started.
 * Where schemas are silent, so is this.
 */
export function validateComposition(composition: Composition, catalog: Catalog): Problem[] {
  const world = new World(composition, catalog);
  const ids = Object.keys(composition.nodes);
  return [
    ...world.callProblems,
    ...ids.flatMap((id) => needsProblems(composition, id)),
    ...cycleProblems(composition),
    ...ids.flatMap((id) =>
      referenceProblems(world, composition.nodes[id]?.with, ['nodes', id, 'with']),
    ),
    ...referenceProblems(world, composition.outputs, ['outputs']),
    ...ids.flatMap((id) => withProblems(world, id)),
    ...unusedInputs(composition),
  ];
}

/** The problems that refuse a run, without the warnings. */
export const errorsOf = (problems: readonly Problem[]): Problem[] =>
  problems.filter((problem) => problem.severity === 'error');

function needsProblems(composition: Composition, id: string): Problem[] {
  const needs = composition.nodes[id]?.needs ?? [];
  return [...needs.entries()]
    .filter(([, needed]) => !Object.hasOwn(composition.nodes, needed))
    .map(([index, needed]) => ({
      severity: 'error',
      message: `there is no node "${needed}" to wait for`,
      hint: suggest(
        needed,
        Object.keys(composition.nodes).filter((other) => other !== id),
        'nodes',
      ),
      path: ['nodes', id, 'needs', index],
    }));
}

function referenceProblems(world: World, value: Json | undefined, path: JsonPath): Problem[] {
  return findReferences(value).references.flatMap(
    ({ path: inside, reference, isWhole }): Problem[] => {
      const found = world.typeOf(reference);
      const wrong =
        'wrong' in found
          ? found.wrong
          : isWhole
            ? undefined
            : embeddedProblem(reference, found.type);
      if (wrong === undefined) return [];
      return [
        { severity: 'error', ...wrong, path: [...path, ...inside], offset: reference.offset },
      ];
    },
  );
}

const notText = new Set<Json | undefined>(['array', 'object', 'null']);

/** Lists and objects have no form inside a text; a file stands there as its path. */
function embeddedProblem(
  reference: Reference,
  type: SchemaAt | undefined,
): { message: string; hint: string } | undefined {
  if (type === undefined) return undefined;
  if (alternatives(type).some((one) => isFile(one) || !notText.has(one.schema['type'])))
    return undefined;
  return {
    message: `\`${reference.text}\` (${describeType(type)}) cannot stand inside a text`,
    hint: 'let the reference be the whole value, or refer to a part of it',
  };
}

function unusedInputs(composition: Composition): Problem[] {
  const everything = [
    Object.values(composition.nodes).map((node) => node.with),
    composition.outputs,
  ];
  const used = new Set(
    findReferences(everything).references.map(({ reference }) =>
      'input' in reference.root ? reference.root.input : '',
    ),
  );
  return Object.keys(composition.inputs)
    .filter((name) => !used.has(name))
    .map((name) => ({
      severity: 'warning',
      message: `input "${name}" is never used`,
      path: ['inputs', name],
      atKey: true,
    }));
}
