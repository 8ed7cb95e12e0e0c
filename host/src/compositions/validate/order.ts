import { type Composition, own } from '../composition.ts';
import type { Problem } from '../problems.ts';
import { findReferences } from '../references.ts';

/** What a node waits for: the nodes it refers to, and those it only names, each once and existing. */
export function needsOf(composition: Composition, id: string): string[] {
  const node = own(composition.nodes, id);
  if (node === undefined) return [];
  const needed = new Set(node.needs);
  for (const { reference } of findReferences(node.with).references) {
    if ('node' in reference.root) needed.add(reference.root.node);
  }
  return [...needed].filter((other) => Object.hasOwn(composition.nodes, other));
}

/** The ids of the nodes, each after all it needs, otherwise in the order of the file. Needs no cycles. */
export function topologicalOrder(composition: Composition): string[] {
  const done = new Set<string>();
  const place = (id: string): void => {
    if (done.has(id)) return;
    for (const needed of needsOf(composition, id)) place(needed);
    done.add(id);
  };
  for (const id of Object.keys(composition.nodes)) place(id);
  return [...done];
}

/** Every circle of nodes that wait for each other, each told once, from its first node in the file. */
export function cycleProblems(composition: Composition): Problem[] {
  const needs = new Map(Object.keys(composition.nodes).map((id) => [id, needsOf(composition, id)]));
  const problems: Problem[] = [];
  const finished = new Set<string>();
  const trail: string[] = [];
  const visit = (id: string): void => {
    if (finished.has(id)) return;
    const seenAt = trail.indexOf(id);
    if (seenAt !== -1) {
      problems.push(cycleProblem(composition, trail.slice(seenAt)));
      return;
    }
    trail.push(id);
    for (const needed of needs.get(id) ?? []) visit(needed);
    trail.pop();
    finished.add(id);
  };
  for (const id of needs.keys()) visit(id);
  return problems;
}

function cycleProblem(composition: Composition, members: string[]): Problem {
  const [first = ''] = members;
  if (members.length === 1) {
    return {
      severity: 'error',
      message: `node "${first}" refers to itself`,
      ...placeOfNeed(composition, first, first),
    };
  }
  return {
    severity: 'error',
    message: `these nodes wait for each other: ${[...members, first].join(' → ')}`,
    hint: 'an arrow means "needs"; one of them has to go',
    ...placeOfNeed(composition, first, members[1] ?? first),
  };
}

/** Where node `id` says that it needs the other one. */
function placeOfNeed(
  composition: Composition,
  id: string,
  other: string,
): Pick<Problem, 'path' | 'offset'> {
  const node = own(composition.nodes, id);
  const found = findReferences(node?.with).references.find(
    ({ reference }) => 'node' in reference.root && reference.root.node === other,
  );
  if (found !== undefined) {
    return { path: ['nodes', id, 'with', ...found.path], offset: found.reference.offset };
  }
  return { path: ['nodes', id, 'needs', Math.max(0, node?.needs.indexOf(other) ?? 0)] };
}
