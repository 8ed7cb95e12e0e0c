import { HostError } from '../../../errors.ts';
import { type NodeState, type Reuse, reusable, type RunState } from '../../../kernel/index.ts';
import type { RunSpec } from '../../specs.ts';
import type { Transaction } from '../transaction.ts';
import { advance } from './advance.ts';
import { assertEnabled } from './enabled.ts';
import { runNotOver } from './run-not-over.ts';
import { recordRun } from './submit-run.ts';

export interface RetryRun {
  nowMs: number;
  spec: RunSpec & { runId: string; retryOf: string };
  /** The node from which on all is done again, or null. */
  from: string | null;
  /** Nodes whose earlier result cannot stand, each with why. */
  stale: { [nodeId: string]: string };
}

export interface RunRetried extends Reuse {
  runId: string;
}

/**
 * A new run that begins where an earlier one ended: what that one had completed, and can still stand, is
 * completed from the start, by the same jobs. Throws JOB_NOT_FOUND, RUN_NOT_OVER, CAPABILITY_DISABLED, and
 * JOB_OVER when there is nothing to do again.
 */
export function retryRun(tx: Transaction, { spec, from, stale }: RetryRun): RunRetried {
  const earlier = runToRetry(tx, spec.retryOf);
  const nodes = tx.db.all<{ node_id: string; state: NodeState; job_id: string | null }>(
    'SELECT node_id, state, job_id FROM run_nodes WHERE run_id = ?',
    spec.retryOf,
  );
  const reuse = reusable({
    nodes: spec.nodes,
    before: new Map(nodes.map(({ node_id, state }) => [node_id, state])),
    stale: new Map(Object.entries(stale)),
    from,
  });
  const isSame =
    earlier.definition_hash === spec.definitionHash && earlier.inputs_hash === spec.inputsHash;
  if (earlier.state === 'completed' && isSame && reuse.reused.length === spec.nodes.length) {
    throw new HostError('JOB_OVER', `${spec.retryOf} is completed, so there is nothing to retry`, {
      hint: `\`capstan retry ${spec.retryOf} --from NODE\` does NODE again, and all that rests on it.`,
      details: { state: earlier.state, nodes: spec.nodes.map(({ nodeId }) => nodeId) },
    });
  }
  const kept = new Set(reuse.reused);
  const instances = spec.nodes.flatMap(({ nodeId, capability, instance }) =>
    kept.has(nodeId) ? [] : [instance ?? capability],
  );
  assertEnabled(tx, instances);
  const again = reuse.again.map(({ nodeId, because }) => [nodeId, because]);
  recordRun(tx, spec, Object.fromEntries(again));
  const jobs = new Map(nodes.map(({ node_id, job_id }) => [node_id, job_id]));
  for (const { nodeId, capability, instance, action, task, method } of spec.nodes) {
    if (!kept.has(nodeId)) continue;
    tx.emit({
      eventType: 'node_reused',
      runId: spec.runId,
      compositionId: spec.runId,
      nodeId,
      jobId: jobs.get(nodeId) ?? null,
      capability,
      instance: instance ?? null,
      action: action ?? null,
      task: task ?? null,
      method: method ?? null,
      actor: spec.actor ?? null,
      payload: {},
    });
  }
  advance(tx, spec.runId);
  return { runId: spec.runId, ...reuse };
}

interface Earlier {
  state: RunState;
  definition_hash: string;
  inputs_hash: string;
}

function runToRetry(tx: Transaction, runId: string): Earlier {
  const run = tx.db.one<Earlier>(
    'SELECT state, definition_hash, inputs_hash FROM runs WHERE run_id = ?',
    runId,
  );
  if (run === undefined) {
    throw new HostError('JOB_NOT_FOUND', `there is no run ${runId} in this workspace`, {
      hint: '`capstan jobs` lists what there is.',
    });
  }
  if (run.state === 'running') throw runNotOver(runId);
  return run;
}
