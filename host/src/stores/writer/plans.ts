import type { JsonObject } from '@capstan/protocol';
import { invariant } from '../../errors.ts';
import type { NodeState, RunPlan } from '../../kernel/index.ts';
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
}

const kept = 200;

/**
 * Runs at work, as the writer remembers them: what their plan says, and the states of their nodes. Plans
 * never change; states are read again from the table whenever an event has changed one, so that a run of
 * thousands of nodes is not read from its start at the end of each.
 */
export class Plans {
  readonly #db: Sqlite;
  readonly #plans = new Map<string, Plan>();
  readonly #states = new Map<string, Map<string, NodeState>>();

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

  statesOf(runId: string): ReadonlyMap<string, NodeState> {
    const known = this.#states.get(runId);
    if (known !== undefined) return known;
    const rows = this.#db.all<{ node_id: string; state: NodeState }>(
      'SELECT node_id, state FROM run_nodes WHERE run_id = ?',
      runId,
    );
    const states = new Map(rows.map(({ node_id, state }) => [node_id, state]));
    this.#states.set(runId, states);
    return states;
  }

  nodeChanged(runId: string, nodeId: string): void {
    const states = this.#states.get(runId);
    const row = this.#db.one<{ state: NodeState }>(
      'SELECT state FROM run_nodes WHERE run_id = ? AND node_id = ?',
      runId,
      nodeId,
    );
    if (row !== undefined) states?.set(nodeId, row.state);
  }

  forget(runId: string): void {
    this.#plans.delete(runId);
    this.#states.delete(runId);
  }

  /** After a rollback, what is remembered may never have been. */
  clear(): void {
    this.#plans.clear();
    this.#states.clear();
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
  };
}
