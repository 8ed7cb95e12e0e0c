import type { Composition, HostEvent, RunReport, RunRow } from '../../runtime.ts';
import { graft, plant, seedOf, waitingNode } from '../../tree/plant.ts';
import { reduce } from '../../tree/reduce.ts';
import type { Tree, TreeNode } from '../../tree/tree.ts';

/** A change of one tree of the scene. */
export type Changed = (before: Tree, after: Tree) => void;

/** What jobs outside of compositions are shown as: the nodes of a tree of this name. */
export const looseId = 'jobs';

/**
 * Everything that goes on in a workspace: a tree per run, and one of the jobs that belong to none. Of these
 * only what runs, and what went wrong, is kept: there may be any number.
 */
export class Scene {
  readonly #nowMs: () => number;
  readonly #changed: Changed;
  readonly #runs = new Map<string, Tree>();
  #loose: Tree;
  /** Jobs outside of runs that ended meanwhile. */
  readonly ended: { [state in End]: number } = {
    completed: 0,
    failed: 0,
    cancelled: 0,
    needs_decision: 0,
  };

  constructor(nowMs: () => number, changed: Changed) {
    this.#nowMs = nowMs;
    this.#changed = changed;
    this.#loose = { ...seedOf(looseId, nowMs()), runId: looseId, state: 'running' };
  }

  addRun({ definition }: RunRow, report: RunReport): void {
    if (this.#runs.has(report.runId)) return;
    const planted = plant(definition as unknown as Composition, this.#nowMs());
    this.#runs.set(report.runId, graft(planted, report));
  }

  /** Those that have something to show; what goes on comes last, next to the cursor. */
  get trees(): Tree[] {
    const runs = [...this.#runs.values()].toSorted((a, b) => Number(isOver(b)) - Number(isOver(a)));
    return this.#loose.nodes.length === 0 ? runs : [...runs, this.#loose];
  }

  knows(runId: string): boolean {
    return this.#runs.has(runId);
  }

  event(event: HostEvent): void {
    const tree = event.runId === undefined ? undefined : this.#runs.get(event.runId);
    if (tree !== undefined && event.runId !== undefined) {
      const next = reduce(tree, event, this.#nowMs());
      this.#runs.set(event.runId, next);
      if (next !== tree) this.#changed(tree, next);
    } else if (
      event.type !== 'dropped' &&
      event.jobId !== undefined &&
      event.nodeId === undefined
    ) {
      this.#looseEvent(event, event.jobId);
    }
  }

  #looseEvent(event: Exclude<HostEvent, { type: 'dropped' }>, jobId: string): void {
    if (!('payload' in event) && !this.#loose.nodes.some(({ id }) => id === jobId)) return;
    const target = 'payload' in event ? (event.instance ?? event.capability ?? '') : '';
    const before = this.#withNode(jobId, target);
    const told = { ...event, runId: looseId, nodeId: jobId };
    const after = reduce(before, told, this.#nowMs());
    this.#changed(before, after);
    this.#loose = this.#withoutEnded(after, jobId);
  }

  #withNode(jobId: string, target: string): Tree {
    const { nodes } = this.#loose;
    if (nodes.some(({ id }) => id === jobId)) return this.#loose;
    return { ...this.#loose, nodes: [...nodes, { ...waitingNode(jobId, target), jobId }] };
  }

  /** What only stands in line is not shown, and what went well is only counted. */
  #withoutEnded(tree: Tree, jobId: string): Tree {
    const node = tree.nodes.find(({ id }) => id === jobId);
    if (node === undefined) return tree;
    if (isEnd(node.state)) this.ended[node.state] += 1;
    const isShown =
      node.state === 'running' || node.state === 'failed' || node.state === 'needs_decision';
    const nodes = isShown ? tree.nodes : tree.nodes.filter(({ id }) => id !== jobId);
    return { ...tree, nodes: nodes.slice(-mostShown) };
  }
}

const mostShown = 100;

const isOver = ({ state }: Tree): boolean => state !== 'running' && state !== 'starting';

type End = 'completed' | 'failed' | 'cancelled' | 'needs_decision';
const ends: readonly TreeNode['state'][] = ['completed', 'failed', 'cancelled', 'needs_decision'];
const isEnd = (state: TreeNode['state']): state is End => ends.includes(state);
