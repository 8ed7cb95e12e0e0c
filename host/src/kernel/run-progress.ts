import { advanceRun, finalState, isLost, type RunAdvance, type RunPlan } from './run.ts';
import { isFinal, type NodeState } from './states.ts';

/**
 * A run as it goes on, remembered so that a step costs what has changed and not what there is: `advance`
 * gives the same as `advanceRun` would from the states alone, as long as what it gave before was done. The
 * steps of a run that is being stopped are few, and are left to `advanceRun`.
 */
export class RunProgress {
  readonly #plan: RunPlan;
  readonly #states: Map<string, NodeState>;
  readonly #place = new Map<string, number>();
  readonly #dependents = new Map<string, string[]>();
  /** How many needs of a node are not completed yet. */
  readonly #unmet = new Map<string, number>();
  /** How many nodes have not come to their end. */
  #open = 0;
  #failed = 0;
  /** Nodes whose state is another one than at the last step; null before the first. */
  #changed: Set<string> | null = null;

  /** Nodes without a state are waiting. */
  constructor(plan: RunPlan, states: ReadonlyMap<string, NodeState>) {
    this.#plan = plan;
    this.#states = new Map(states);
    for (const [place, { nodeId, needs }] of plan.nodes.entries()) {
      const state = this.#states.get(nodeId) ?? 'waiting';
      this.#states.set(nodeId, state);
      this.#place.set(nodeId, place);
      this.#count(state, 1);
      for (const need of needs) {
        const known = this.#dependents.get(need);
        if (known === undefined) this.#dependents.set(need, [nodeId]);
        else known.push(nodeId);
      }
    }
    for (const { nodeId, needs } of plan.nodes) {
      const unmet = needs.filter((need) => this.#states.get(need) !== 'completed');
      this.#unmet.set(nodeId, unmet.length);
    }
  }

  get states(): ReadonlyMap<string, NodeState> {
    return this.#states;
  }

  set(nodeId: string, state: NodeState): void {
    const before = this.#states.get(nodeId);
    if (before === undefined || before === state) return;
    this.#states.set(nodeId, state);
    this.#count(before, -1);
    this.#count(state, 1);
    this.#changed?.add(nodeId);
    const met = Number(state === 'completed') - Number(before === 'completed');
    if (met === 0) return;
    for (const dependent of this.#dependents.get(nodeId) ?? []) {
      this.#unmet.set(dependent, (this.#unmet.get(dependent) ?? 0) - met);
    }
  }

  advance(cancelRequested: boolean): RunAdvance {
    const changed = this.#changed;
    this.#changed = new Set();
    const isStopping = cancelRequested || (this.#plan.failFast && this.#failed > 0);
    if (changed === null || isStopping) {
      return advanceRun(this.#plan, this.#states, cancelRequested);
    }
    const skipped = this.#skippedBy(this.#inOrder(changed));
    const unblocked = [...changed].flatMap((nodeId) =>
      this.#states.get(nodeId) === 'completed' ? (this.#dependents.get(nodeId) ?? []) : [],
    );
    const ready = this.#inOrder(new Set(unblocked.filter((nodeId) => this.#mayBegin(nodeId))));
    const advance: RunAdvance = { ready, skipped, cancelWaiting: [], cancelPending: [] };
    if (this.#open > skipped.length) return advance;
    const after = new Map(this.#states);
    for (const { nodeId } of skipped) after.set(nodeId, 'skipped');
    return { ...advance, finished: finalState(this.#plan, after, cancelRequested) };
  }

  #mayBegin(nodeId: string): boolean {
    return this.#states.get(nodeId) === 'waiting' && this.#unmet.get(nodeId) === 0;
  }

  #skippedBy(changed: readonly string[]): RunAdvance['skipped'] {
    const skipped = new Map<string, string>();
    const lost = changed.filter((nodeId) => isLost(this.#states.get(nodeId)));
    // The loop also visits what it appends.
    for (const because of lost) {
      for (const nodeId of this.#dependents.get(because) ?? []) {
        if (this.#states.get(nodeId) !== 'waiting' || skipped.has(nodeId)) continue;
        skipped.set(nodeId, because);
        lost.push(nodeId);
      }
    }
    return [...skipped].map(([nodeId, because]) => ({ nodeId, because }));
  }

  /** In the order of the file, as a look at all nodes would find them. */
  #inOrder(nodeIds: ReadonlySet<string>): string[] {
    const place = (nodeId: string): number => this.#place.get(nodeId) ?? 0;
    return [...nodeIds].toSorted((a, b) => place(a) - place(b));
  }

  #count(state: NodeState, by: 1 | -1): void {
    if (!isFinal(state)) this.#open += by;
    if (state === 'failed') this.#failed += by;
  }
}
