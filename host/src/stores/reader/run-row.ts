import type { JsonObject, WireError } from '@capstan/protocol';
import type { NodeState, RunState } from '../../kernel/index.ts';
import { valueOf } from '../journal/values.ts';
import type { RunNodeRow, RunRow } from '../rows.ts';
import type { NodeSpec } from '../specs.ts';
import type { Sqlite } from '../sqlite.ts';

export interface StoredRun {
  run_id: string;
  name: string;
  state: RunState;
  definition: string;
  definition_hash: string;
  inputs: string;
  inputs_hash: string;
  plan: string;
  fail_fast: number;
  actor: string | null;
  source: string | null;
  retry_of: string | null;
  cancel_reason: string | null;
  started_at: string;
  finished_at: string | null;
  outputs: string | null;
  error: string | null;
}

export function runRow(db: Sqlite, stored: StoredRun): RunRow {
  return {
    runId: stored.run_id,
    name: stored.name,
    state: stored.state,
    definition: valueOf(db, stored.definition) as JsonObject,
    inputs: valueOf(db, stored.inputs) as JsonObject,
    outputs: valueOf(db, stored.outputs) as JsonObject | null,
    error: valueOf(db, stored.error) as WireError | null,
    failFast: stored.fail_fast === 1,
    definitionHash: stored.definition_hash,
    inputsHash: stored.inputs_hash,
    actor: stored.actor,
    source: stored.source,
    retryOf: stored.retry_of,
    cancelRequested: stored.cancel_reason !== null,
    startedAt: stored.started_at,
    finishedAt: stored.finished_at,
  };
}

/** Those of its nodes, also of the ones whose job was done by an earlier run. */
export const artifactsOfRun = `
SELECT artifacts.* FROM run_nodes JOIN artifacts USING (job_id) WHERE run_nodes.run_id = ?
ORDER BY run_nodes.position, artifacts.attempt, artifacts.position`;

/** A node joined with its job; the job's columns are null while there is none. */
export interface StoredNode {
  run_id: string;
  node_id: string;
  position: number;
  state: NodeState;
  job_id: string | null;
  reused: number;
  node_finished_at: string | null;
  attempt: number | null;
  wait_reason: string | null;
  started_at: string | null;
  finished_at: string | null;
  result: string | null;
  error: string | null;
}

export const nodesOfRun = `
SELECT run_nodes.run_id, run_nodes.node_id, run_nodes.position, run_nodes.state, run_nodes.job_id, run_nodes.reused,
  run_nodes.finished_at AS node_finished_at, jobs.attempt, jobs.wait_reason, jobs.started_at,
  jobs.finished_at, jobs.result, jobs.error
FROM run_nodes LEFT JOIN jobs USING (job_id) WHERE run_nodes.run_id = ? ORDER BY position`;

/** What a run was asked to do, as `run_submitted` recorded it. */
export interface StoredPlan {
  nodes: NodeSpec[];
  outputs: JsonObject;
  /** Why nodes that an earlier run had completed are done again. */
  again?: { [nodeId: string]: string };
}

export function runNodeRow(
  db: Sqlite,
  stored: StoredNode,
  spec: NodeSpec,
  again: string | null,
): RunNodeRow {
  return {
    runId: stored.run_id,
    nodeId: stored.node_id,
    position: stored.position,
    state: stored.state,
    needs: spec.needs,
    capability: spec.capability,
    instance: spec.instance ?? null,
    action: spec.action ?? null,
    task: spec.task ?? null,
    method: spec.method ?? null,
    jobId: stored.job_id,
    reused: stored.reused === 1,
    again,
    attempts: stored.attempt ?? 0,
    waitReason: stored.wait_reason,
    startedAt: stored.started_at,
    finishedAt: stored.finished_at ?? stored.node_finished_at,
    error: valueOf(db, stored.error) as WireError | null,
    output: valueOf(db, stored.result),
  };
}
