import { type JsonObject, wireValue } from '@capstan/protocol';
import { type Composition, type CompositionNode, own } from './composition.ts';
import { canonical } from './hashes.ts';
import { findReferences } from './references.ts';

/** A composition with its files read, and the inputs it was given. */
export interface Work {
  composition: Composition;
  inputs: JsonObject;
}

/**
 * The nodes of `after` that ask for something else than those of the same id in `before`, each with what
 * is different. How a node is tried (priority, times, retries) does not change what it asks for; files
 * count by their content. What merely rests on a changed node is not told here.
 */
export function changedNodes(before: Work, after: Work): Map<string, string> {
  const changed = new Map<string, string>();
  for (const [id, node] of Object.entries(after.composition.nodes)) {
    const earlier = own(before.composition.nodes, id);
    if (earlier === undefined) continue;
    const parts = differentParts(earlier, node);
    const input = inputsOf(node).find((name) => !isSame(before.inputs[name], after.inputs[name]));
    if (parts.length > 0) changed.set(id, `its ${parts.join(', ')} changed`);
    else if (input !== undefined) changed.set(id, `the input ${input}, which it reads, changed`);
  }
  return changed;
}

/** What a node asks for, part by part, as its author knows them. */
const parts = ['use', 'action', 'task', 'method', 'with', 'needs', 'control'] as const;

const differentParts = (one: CompositionNode, other: CompositionNode): string[] =>
  parts.filter((part) => !isSame(comparable(one, part), comparable(other, part)));

const comparable = (node: CompositionNode, part: (typeof parts)[number]): unknown =>
  part === 'needs' ? [...new Set(node.needs)].toSorted() : node[part];

/** Files are the same when their content is. */
export const isSame = (one: unknown, other: unknown): boolean =>
  canonical(wireValue(one ?? null)) === canonical(wireValue(other ?? null));

/** Names of the inputs that a node reads itself. */
export function inputsOf(node: CompositionNode): string[] {
  const names = findReferences(node.with).references.flatMap(({ reference }) =>
    'input' in reference.root ? [reference.root.input] : [],
  );
  return [...new Set(names)];
}

/** In what two definitions differ: ids of nodes, and the other parts of a composition. */
export interface DefinitionChange {
  changed: string[];
  added: string[];
  removed: string[];
  others: string[];
}

export function definitionChange(before: Composition, after: Composition): DefinitionChange {
  const ids = Object.keys(after.nodes);
  return {
    changed: ids.filter((id) => {
      const earlier = own(before.nodes, id);
      return earlier !== undefined && !isSame(earlier, after.nodes[id]);
    }),
    added: ids.filter((id) => !Object.hasOwn(before.nodes, id)),
    removed: Object.keys(before.nodes).filter((id) => !Object.hasOwn(after.nodes, id)),
    others: (['name', 'inputs', 'outputs', 'failFast'] as const).filter(
      (part) => !isSame(before[part], after[part]),
    ),
  };
}

/** `wav and notes changed; text added; outputs changed`. */
export function printChange({ changed, added, removed, others }: DefinitionChange): string {
  const told: [string[], string][] = [
    [changed, 'changed'],
    [added, 'added'],
    [removed, 'removed'],
    [others, 'changed'],
  ];
  return told
    .flatMap(([names, what]) => (names.length === 0 ? [] : [`${listed(names)} ${what}`]))
    .join('; ');
}

const namedAtMost = 10;

function listed(names: readonly string[]): string {
  const more = names.length - namedAtMost;
  return more > 0 ? `${names.slice(0, namedAtMost).join(', ')} and ${more} more` : names.join(', ');
}
