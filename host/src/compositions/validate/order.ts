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

type Needs = Map<string, readonly string[]>;

const needsOfAll = (composition: Composition): Needs =>
  new Map(Object.keys(composition.nodes).map((id) => [id, needsOf(composition, id)]));

/** The ids of the nodes, each after all it needs; those of circles, and those behind them, are not there. */
export function topologicalOrder(composition: Composition): string[] {
  return orderOf(needsOfAll(composition));
}

/** Without recursion, because a chain of nodes may be longer than a stack is deep. */
function orderOf(needs: Needs): string[] {
  const dependents = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const [id, needed] of needs) {
    const within = needed.filter((other) => needs.has(other));
    open.set(id, within.length);
    for (const other of within) {
      const known = dependents.get(other);
      if (known === undefined) dependents.set(other, [id]);
      else known.push(id);
    }
  }
  const order = [...needs.keys()].filter((id) => open.get(id) === 0);
  // The loop also visits what it appends.
  for (const id of order) {
    for (const dependent of dependents.get(id) ?? []) {
      const left = (open.get(dependent) ?? 0) - 1;
      open.set(dependent, left);
      if (left === 0) order.push(dependent);
    }
  }
  return order;
}

/** Circles of nodes that wait for each other, until none is left that shares no node with one told before. */
export function cycleProblems(composition: Composition): Problem[] {
  const problems: Problem[] = [];
  const needs = needsOfAll(composition);
  const drop = (ids: Iterable<string>): void => {
    for (const id of ids) needs.delete(id);
  };
  for (drop(orderOf(needs)); needs.size > 0; drop(orderOf(needs))) {
    const members = circleIn(needs);
    problems.push(cycleProblem(composition, members));
    drop(members);
  }
  return problems;
}

/** Each of these nodes needs another of them, so following the needs must come back somewhere. */
function circleIn(needs: Needs): string[] {
  const trail = new Map<string, number>();
  let [id] = needs.keys();
  while (id !== undefined && !trail.has(id)) {
    trail.set(id, trail.size);
    id = needs.get(id)?.find((other) => needs.has(other));
  }
  return [...trail.keys()].slice(id === undefined ? 0 : trail.get(id));
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
