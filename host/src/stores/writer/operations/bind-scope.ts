import type { Json, JsonObject } from '@capstan/protocol';
import { HostError } from '../../../errors.ts';
import { asJson, KeptValue, type Unkept, withoutKept } from '../../journal/kept.ts';
import { bytesAt, inlineChars, keep, placeIn, valueOf } from '../../journal/values.ts';
import type { BindScope } from '../../specs.ts';
import type { Plan } from '../plans.ts';
import type { Transaction } from '../transaction.ts';

export interface StepScope extends BindScope {
  /** How many large values have been handed on without reading them. */
  standIns: number;
}

/**
 * What the nodes of a run can refer to, for one step of it. Large values are not read to be handed on whole;
 * where a part of one is wanted it is read once for all nodes that begin together.
 */
export function scopeOf(tx: Transaction, plan: Plan, runId: string): StepScope {
  let last: { column: string; value: Json } | null = null;
  const read = (column: string | null): Json => {
    if (column === null || placeIn(column) === null) return valueOf(tx.db, column);
    if (last?.column !== column) last = { column, value: valueOf(tx.db, column) };
    return last.value;
  };
  const scope: StepScope = {
    standIns: 0,
    inputs: plan.inputs,
    outputOf: (nodeId) => read(resultOf(tx, runId, nodeId)),
    standIn(root) {
      const kept =
        'node' in root
          ? keptResult(tx, resultOf(tx, runId, root.node))
          : keptInput(tx, plan, root.input);
      if (kept === null) return undefined;
      scope.standIns += 1;
      return asJson(kept);
    },
  };
  return scope;
}

/** A template bound, and the places of what it hands on whole. Throws REFERENCE_UNRESOLVED, PAYLOAD_TOO_LARGE. */
export function bindIn(
  tx: Transaction,
  scope: StepScope,
  member: string,
  template: JsonObject,
): Unkept {
  const before = scope.standIns;
  const value = tx.bind(template, scope) as JsonObject;
  return scope.standIns === before ? { value, places: {} } : withoutKept(member, value);
}

/** The column that holds the output of a completed node. */
function resultOf(tx: Transaction, runId: string, nodeId: string): string | null {
  const job = tx.db.one<{ result: string | null }>(
    `SELECT jobs.result FROM run_nodes JOIN jobs USING (job_id)
     WHERE run_nodes.run_id = ? AND run_nodes.node_id = ? AND jobs.state = 'completed'`,
    runId,
    nodeId,
  );
  if (job !== undefined) return job.result;
  throw new HostError('REFERENCE_UNRESOLVED', `node ${nodeId} has no output`);
}

function keptResult(tx: Transaction, column: string | null): KeptValue | null {
  const place = column === null ? null : placeIn(column);
  return place === null ? null : new KeptValue(place, bytesAt(tx.db, place));
}

/** Inputs of a run are stored together; a large one is stored once more by itself when it is first used. */
function keptInput(tx: Transaction, plan: Plan, name: string): KeptValue | null {
  const known = plan.keptInputs.get(name);
  if (known !== undefined) return known;
  const value = Object.hasOwn(plan.inputs, name) ? plan.inputs[name] : undefined;
  const body = value === undefined ? '' : JSON.stringify(value);
  const isLarge = body.length > inlineChars;
  const kept = isLarge
    ? new KeptValue(keep(tx.db, `input ${name}`, body), Buffer.byteLength(body))
    : null;
  plan.keptInputs.set(name, kept);
  return kept;
}
