import type { JsonObject } from '@capstan/protocol';
import { invariant } from '../../errors.ts';
import { type NodeState, type RunPlan, RunProgress } from '../../kernel/index.ts';
import type { KeptValue } from '../journal/kept.ts';
import { valueOf } from '../journal/values.ts';
import type { NodeSpec } from '../specs.ts';
import type { Sqlite } from '../sqlite.ts';

/** What a run was asked to do, as `run_submitted` recorded it. */
export interface Plan extends RunPlan {
  nodes: readonly NodeSpec[];
  byId: ReadonlyMap<string, NodeSpec>;
  outputs: JsonObject;
  inputs: JsonObject;
  actor: string | null;
  /** Large inputs of the run that were stored by themselves, for its nodes to share; null for small ones. */
  keptInputs: Map<string, KeptValue | null>;
}

const kept = 200;

/**
 * Runs at work, as the writer remembers them: what their plan says, and how far they have come. Plans never
 * change; the state of a node is read again from the table whenever an event has changed it, so that a run
 * of thousands of nodes is not looked through from its start at the end of each.
 */
export class Plans {
  readonly #db: Sqlite;
  readonly #plans = new Map<string, Plan>();
  readonly #progress = new Map<string, RunProgress>();
  /** Nodes of those runs whose state was changed since it was read. */
  readonly #changed = new Map<string, Set<string>>();

  constructor(db: Sqlite) {
    this.#db = db;
  }

  of(runId: string): Plan {
    const known = this.#plans.get(runId);
    if (known !== undefined) return known;
    const plan = loadPlan(this.#db, runId);
    if (this.#plans.size >= kept) this.clear();
    this.#plans.set(runId, plan);
    return plan;
  }

  progressOf(runId: string): RunProgress {
    const known = this.#progress.get(runId);
    if (known !== undefined) return this.#caughtUp(runId, known);
    const rows = this.#db.all<{ node_id: string; state: NodeState }>(
      'SELECT node_id, state FROM run_nodes WHERE run_id = ?',
      runId,
    );
    const states = new Map(rows.map(({ node_id, state }) => [node_id, state]));
    const progress = new RunProgress(this.of(runId), states);
    this.#progress.set(runId, progress);
    return progress;
  }

  nodeChanged(runId: string, nodeId: string): void {
    if (!this.#progress.has(runId)) return;
    const changed = this.#changed.get(runId) ?? new Set();
    this.#changed.set(runId, changed.add(nodeId));
  }

  forget(runId: string): void {
    this.#plans.delete(runId);
    this.#progress.delete(runId);
    this.#changed.delete(runId);
  }

  /** After a rollback, what is remembered may never have been. */
  clear(): void {
    this.#plans.clear();
    this.#progress.clear();
    this.#changed.clear();
  }

  /** A node often changes several times before anybody asks. */
  #caughtUp(runId: string, progress: RunProgress): RunProgress {
    for (const nodeId of this.#changed.get(runId) ?? []) {
      const row = this.#db.one<{ state: NodeState }>(
        'SELECT state FROM run_nodes WHERE run_id = ? AND node_id = ?',
        runId,
        nodeId,
      );
      if (row !== undefined) progress.set(nodeId, row.state);
    }
    this.#changed.delete(runId);
    return progress;
  }
}

function loadPlan(db: Sqlite, runId: string): Plan {
  const run = db.one<{ plan: string; inputs: string; fail_fast: number; actor: string | null }>(
    'SELECT plan, inputs, fail_fast, actor FROM runs WHERE run_id = ?',
    runId,
  );
  invariant(run !== undefined, `run ${runId} is recorded`);
  const plan = valueOf(db, run.plan) as unknown as { nodes: NodeSpec[]; outputs: JsonObject };
  return {
    failFast: run.fail_fast === 1,
    nodes: plan.nodes,
    byId: new Map(plan.nodes.map((node) => [node.nodeId, node])),
    outputs: plan.outputs,
    inputs: valueOf(db, run.inputs) as JsonObject,
    actor: run.actor,
    keptInputs: new Map(),
  };
}
