import { isFinal, type NodeState, type RunState } from './states.ts';

/** What never changes in a run. Validation has made sure that `needs` has no cycle. */
export interface RunPlan {
  failFast: boolean;
  /** In the order of the file. */
  nodes: readonly { nodeId: string; needs: readonly string[] }[];
}

export interface RunAdvance {
  /** Waiting nodes whose needs are all completed: each becomes a job. */
  ready: string[];
  /** Waiting nodes that can never run, because of what they need. */
  skipped: { nodeId: string; because: string }[];
  /** Waiting nodes that shall not run, because the run is over for them. */
  cancelWaiting: string[];
  /** Nodes that are jobs but do not run yet, to be cancelled for the same reason. */
  cancelPending: string[];
  /** The state of the run, when every node is final after all of the above. */
  finished?: RunState;
}

/**
 * The next step of a run, from the states of its nodes alone.
 *
 * A node runs when all it needs is completed. What needs a node that did not complete is skipped. Under
 * `failFast` the first failure also cancels what has not begun; what runs may finish. A node that needs a
 * person's decision is not final, and neither is its run.
 */
export function advanceRun(
  plan: RunPlan,
  states: ReadonlyMap<string, NodeState>,
  cancelRequested: boolean,
): RunAdvance {
  const after = new Map(states);
  const advance: RunAdvance = { ready: [], skipped: [], cancelWaiting: [], cancelPending: [] };
  skipDependents(plan, after, advance);
  const isStopping = cancelRequested || (plan.failFast && someNode(after, 'failed'));
  for (const { nodeId, needs } of plan.nodes) {
    const state = after.get(nodeId) ?? 'waiting';
    if (isStopping && state === 'waiting') {
      advance.cancelWaiting.push(nodeId);
      after.set(nodeId, 'cancelled');
    } else if (
      isStopping &&
      (state === 'pending' || (cancelRequested && state === 'needs_decision'))
    ) {
      advance.cancelPending.push(nodeId);
      after.set(nodeId, 'cancelled');
    } else if (state === 'waiting' && needs.every((need) => after.get(need) === 'completed')) {
      advance.ready.push(nodeId);
      after.set(nodeId, 'pending');
    }
  }
  if (plan.nodes.every(({ nodeId }) => isFinal(after.get(nodeId) ?? 'waiting'))) {
    advance.finished = finalState(plan, after, cancelRequested);
  }
  return advance;
}

/** Skips waiting nodes behind a node that ended otherwise than completed, and those behind them. */
function skipDependents(plan: RunPlan, after: Map<string, NodeState>, advance: RunAdvance): void {
  const lost = plan.nodes.map(({ nodeId }) => nodeId).filter((id) => isLost(after.get(id)));
  if (lost.length === 0) return;
  const dependents = new Map<string, string[]>();
  for (const { nodeId, needs } of plan.nodes) {
    for (const need of needs) {
      const known = dependents.get(need);
      if (known === undefined) dependents.set(need, [nodeId]);
      else known.push(nodeId);
    }
  }
  for (let because = lost.shift(); because !== undefined; because = lost.shift()) {
    for (const nodeId of dependents.get(because) ?? []) {
      if ((after.get(nodeId) ?? 'waiting') !== 'waiting') continue;
      after.set(nodeId, 'skipped');
      advance.skipped.push({ nodeId, because });
      lost.push(nodeId);
    }
  }
}

export const isLost = (state: NodeState | undefined): boolean =>
  state === 'failed' || state === 'cancelled' || state === 'skipped';

function someNode(states: ReadonlyMap<string, NodeState>, wanted: NodeState): boolean {
  for (const state of states.values()) if (state === wanted) return true;
  return false;
}

/**
 * A user's cancel outweighs all. Under `failFast` a failure fails the run. A node that was cancelled by
 * itself makes it cancelled. A run without `failFast` is completed even where single nodes failed: its
 * report says which.
 */
export function finalState(
  plan: RunPlan,
  states: ReadonlyMap<string, NodeState>,
  cancelRequested: boolean,
): RunState {
  if (cancelRequested) return 'cancelled';
  if (plan.failFast && someNode(states, 'failed')) return 'failed';
  return someNode(states, 'cancelled') ? 'cancelled' : 'completed';
}
