import type { NodeState } from './states.ts';

/** What a repetition of a run looks at. `needs` has no cycle. */
export interface Repetition {
  /** The nodes of the new run. */
  nodes: readonly { nodeId: string; needs: readonly string[] }[];
  /** How the nodes of the earlier run ended; a node that was not in it is absent. */
  before: ReadonlyMap<string, NodeState>;
  /** Nodes whose earlier result cannot stand, each with why: they ask for something else now, or it is gone. */
  stale: ReadonlyMap<string, string>;
  /** The node from which on all is done again, or null. */
  from: string | null;
}

export interface Reuse {
  /** Nodes that are completed from the start, by what the earlier run made. */
  reused: string[];
  /** Nodes that the earlier run had completed and that run again nevertheless, each with why. */
  again: { nodeId: string; because: string }[];
}

/**
 * Which results of an earlier run a repetition keeps. A node keeps its result when it had completed, when
 * the result can still stand, and when everything it needs keeps its own: so nothing is ever kept that
 * was made from something which is made anew. Depends on the graph alone, not on the order of its nodes.
 */
export function reusable({ nodes, before, stale, from }: Repetition): Reuse {
  const whyNot = new Map<string, string>();
  for (const { nodeId, needs } of neededFirst(nodes)) {
    const need = needs.find((needed) => whyNot.has(needed));
    const why =
      nodeId === from
        ? 'it was asked for'
        : before.get(nodeId) === 'completed'
          ? (stale.get(nodeId) ?? (need === undefined ? undefined : `${need} runs again`))
          : 'it had not completed';
    if (why !== undefined) whyNot.set(nodeId, why);
  }
  const reuse: Reuse = { reused: [], again: [] };
  for (const { nodeId } of nodes) {
    const because = whyNot.get(nodeId);
    if (because === undefined) reuse.reused.push(nodeId);
    else if (before.get(nodeId) === 'completed') reuse.again.push({ nodeId, because });
  }
  return reuse;
}

type Node = Repetition['nodes'][number];

/** Without recursion, because a chain of nodes may be longer than a stack is deep. */
function neededFirst(nodes: readonly Node[]): Node[] {
  const open = new Map<string, number>();
  const dependents = new Map<string, Node[]>();
  for (const node of nodes) {
    open.set(node.nodeId, node.needs.length);
    for (const need of node.needs) {
      const known = dependents.get(need);
      if (known === undefined) dependents.set(need, [node]);
      else known.push(node);
    }
  }
  const order = nodes.filter(({ needs }) => needs.length === 0);
  // The loop also visits what it appends.
  for (const { nodeId } of order) {
    for (const dependent of dependents.get(nodeId) ?? []) {
      const left = (open.get(dependent.nodeId) ?? 0) - 1;
      open.set(dependent.nodeId, left);
      if (left === 0) order.push(dependent);
    }
  }
  return order;
}
