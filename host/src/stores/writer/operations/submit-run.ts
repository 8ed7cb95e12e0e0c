import type { Json } from '@capstan/protocol';
import type { RunSpec } from '../../specs.ts';
import { asPayload, type Transaction } from '../transaction.ts';
import { advance } from './advance.ts';
import { assertEnabled } from './enabled.ts';
import { assertJobSpec } from './job-spec.ts';

export interface SubmitRun {
  nowMs: number;
  spec: RunSpec & { runId: string };
}

export function submitRun(
  tx: Transaction,
  { spec }: SubmitRun,
): { runId: string; resumed: boolean } {
  const unfinished = spec.resume ? unfinishedRun(tx, spec) : undefined;
  if (unfinished !== undefined) return { runId: unfinished, resumed: true };
  assertEnabled(
    tx,
    spec.nodes.map(({ capability, instance }) => instance ?? capability),
  );
  recordRun(tx, spec);
  advance(tx, spec.runId);
  return { runId: spec.runId, resumed: false };
}

/** Journals a new run, none of whose nodes has begun. `again` says why nodes of an earlier run are repeated. */
export function recordRun(
  tx: Transaction,
  spec: RunSpec & { runId: string },
  again: { [nodeId: string]: string } = {},
): void {
  for (const node of spec.nodes) assertJobSpec(node);
  tx.emit({
    eventType: 'run_submitted',
    runId: spec.runId,
    compositionId: spec.runId,
    actor: spec.actor ?? null,
    payload: asPayload({
      name: spec.name,
      source: spec.source,
      retryOf: spec.retryOf,
      definition: spec.definition,
      definitionHash: spec.definitionHash,
      inputs: spec.inputs,
      inputsHash: spec.inputsHash,
      failFast: spec.failFast,
      nodeIds: spec.nodes.map(({ nodeId }) => nodeId),
      plan: { nodes: spec.nodes as unknown as Json, outputs: spec.outputs, again },
    }),
  });
}

function unfinishedRun(tx: Transaction, spec: RunSpec): string | undefined {
  return tx.db.one<{ run_id: string }>(
    `SELECT run_id FROM runs
     WHERE state = 'running' AND cancel_reason IS NULL AND definition_hash = ? AND inputs_hash = ?
     ORDER BY submitted_seq DESC LIMIT 1`,
    spec.definitionHash,
    spec.inputsHash,
  )?.run_id;
}
