import type { JsonObject } from '@capstan/protocol';
import { invariant } from '../../errors.ts';
import type { RunPlan } from '../../kernel/index.ts';
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

/** Plans never change, so those in use are parsed once. */
export class Plans {
  readonly #db: Sqlite;
  readonly #plans = new Map<string, Plan>();

  constructor(db: Sqlite) {
    this.#db = db;
  }

  of(runId: string): Plan {
    const known = this.#plans.get(runId);
    if (known !== undefined) return known;
    const plan = loadPlan(this.#db, runId);
    if (this.#plans.size >= kept) this.#plans.clear();
    this.#plans.set(runId, plan);
    return plan;
  }

  forget(runId: string): void {
    this.#plans.delete(runId);
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
