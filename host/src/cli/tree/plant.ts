import type { Composition, CompositionNode, RunReport } from '../runtime.ts';
import type { Tree, TreeNode } from './tree.ts';

/** The first picture, before the composition has been read. */
export function seedOf(what: string, nowMs: number): Tree {
  return plant({ name: what, inputs: {}, nodes: {}, outputs: {}, failFast: true }, nowMs);
}

/** The tree of a run that is about to be submitted. */
export function plant(composition: Composition, nowMs: number): Tree {
  return {
    name: composition.name,
    runId: null,
    state: 'starting',
    startedAtMs: nowMs,
    finishedAtMs: null,
    notice: null,
    nodes: Object.entries(composition.nodes).map(([id, node]) =>
      waitingNode(id, targetOf(node), dependenciesOf(node)),
    ),
  };
}

/** A node of which nothing is known yet but what it is. */
export const waitingNode = (
  id: string,
  target: string,
  after: readonly string[] = [],
): TreeNode => ({
  id,
  target,
  after,
  state: 'waiting',
  jobId: null,
  attempt: 0,
  progress: null,
  message: '',
  waitReason: null,
  startedAtMs: null,
  finishedAtMs: null,
  reused: false,
});

/** The tree of a run taken up again: what an earlier host finished is there already. */
export function graft(tree: Tree, report: RunReport): Tree {
  return {
    ...tree,
    runId: report.runId,
    state: report.state,
    nodes: tree.nodes.map((node): TreeNode => {
      const found = report.nodes[node.id];
      if (found === undefined) return node;
      const finishedAtMs = found.finishedAt === null ? null : Date.parse(found.finishedAt);
      return {
        ...node,
        state: found.state,
        jobId: found.job,
        attempt: found.attempts,
        startedAtMs: found.startedAt === null ? null : Date.parse(found.startedAt),
        finishedAtMs,
        message: found.reused ? reusedText(report) : (found.error?.message ?? node.message),
        reused:
          found.reused ||
          (found.state === 'completed' && finishedAtMs !== null && finishedAtMs < tree.startedAtMs),
      };
    }),
  };
}

const reusedText = ({ retryOf }: RunReport): string =>
  retryOf === null ? 'reused' : `reused from ${retryOf}`;

export function targetOf(
  node: Pick<CompositionNode, 'use' | 'action' | 'task' | 'method'>,
): string {
  return node.action === undefined
    ? `${node.use}.${node.task ?? '?'}.${node.method ?? '?'}`
    : `${node.use}.${node.action}`;
}

function dependenciesOf(node: CompositionNode): string[] {
  const referred = JSON.stringify(node.with).matchAll(/\$\{\{\s*nodes\.([A-Za-z_][\w-]*)/g);
  return [...new Set([...node.needs, ...Array.from(referred, ([, id]) => id ?? '')])];
}
