import type { Json } from '@capstan/protocol';
import type { RunSpec } from '../../specs.ts';
import type { Transaction } from '../transaction.ts';
import { advance } from './advance.ts';

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
  tx.emit({
    eventType: 'run_submitted',
    runId: spec.runId,
    actor: spec.actor ?? null,
    payload: {
      name: spec.name,
      definition: spec.definition,
      definitionHash: spec.definitionHash,
      inputs: spec.inputs,
      inputsHash: spec.inputsHash,
      failFast: spec.failFast,
      nodeIds: spec.nodes.map(({ nodeId }) => nodeId),
      plan: { nodes: spec.nodes as unknown as Json, outputs: spec.outputs },
    },
  });
  advance(tx, spec.runId);
  return { runId: spec.runId, resumed: false };
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
