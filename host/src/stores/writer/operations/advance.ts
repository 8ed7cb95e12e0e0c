import type { Json, JsonObject, WireError } from '@capstan/protocol';
import { HostError } from '../../../errors.ts';
import type { RunState } from '../../../kernel/index.ts';
import { storedParts, type Unkept } from '../../journal/kept.ts';
import { assertNotTooLarge, bytesAt, valueOf } from '../../journal/values.ts';
import type { NodeSpec } from '../../specs.ts';
import type { Plan } from '../plans.ts';
import type { Transaction } from '../transaction.ts';
import { cancelledError, endJob } from './end-job.ts';
import { bindIn, scopeOf, type StepScope } from './bind-scope.ts';
import { jobFacts } from './job-facts.ts';
import { submitJob } from './submit-jobs.ts';

/** Takes a run as far as the states of its nodes allow. Doing it again changes nothing. */
export function advance(tx: Transaction, runId: string): void {
  const run = tx.db.one<{ state: RunState; cancel_reason: string | null }>(
    'SELECT state, cancel_reason FROM runs WHERE run_id = ?',
    runId,
  );
  if (run === undefined || run.state !== 'running') return;
  const plan = tx.plans.of(runId);
  const scope = scopeOf(tx, plan, runId);
  for (;;) {
    const step = tx.plans.progressOf(runId).advance(run.cancel_reason !== null);
    const stopped = run.cancel_reason ?? 'another node failed';
    for (const { nodeId, because } of step.skipped) {
      leave(tx, runId, nodeId, 'skipped', `node ${because} did not complete`);
    }
    for (const nodeId of step.cancelWaiting) leave(tx, runId, nodeId, 'cancelled', stopped);
    for (const nodeId of step.cancelPending) cancelNode(tx, runId, nodeId, stopped);
    const unbound = step.ready.filter((nodeId) => !begin(tx, plan, runId, nodeId, scope));
    // A node whose references lead nowhere has failed at once, which others have to hear of.
    if (unbound.length > 0) continue;
    if (step.finished !== undefined) finishRun(tx, plan, runId, step.finished, scope);
    return;
  }
}

/** Ends a node that never became a job. */
function leave(
  tx: Transaction,
  runId: string,
  nodeId: string,
  state: 'skipped' | 'cancelled',
  because: string,
): void {
  const { capability = null, instance = null } = tx.plans.of(runId).byId.get(nodeId) ?? {};
  tx.emit({
    eventType: 'node_skipped',
    runId,
    compositionId: runId,
    nodeId,
    capability,
    instance,
    payload: { state, because },
  });
}

function cancelNode(tx: Transaction, runId: string, nodeId: string, reason: string): void {
  const node = tx.db.one<{ job_id: string }>(
    'SELECT job_id FROM run_nodes WHERE run_id = ? AND node_id = ?',
    runId,
    nodeId,
  );
  if (node === undefined) return;
  const job = jobFacts(tx, node.job_id);
  endJob(tx, job, { state: 'cancelled', error: cancelledError(reason, tx.ts) });
}

/** Makes the job of a node. False when its input could not be bound, and the job failed with that. */
function begin(
  tx: Transaction,
  plan: Plan,
  runId: string,
  nodeId: string,
  scope: StepScope,
): boolean {
  const node = plan.byId.get(nodeId) as NodeSpec;
  const spec = { ...node, ...(plan.actor === null ? {} : { actor: plan.actor }) };
  try {
    const bound = bindIn(tx, scope, 'input', node.input);
    submitJob(tx, { ...spec, input: bound.value }, runId, nodeId, bound.places);
    return true;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const job = submitJob(tx, spec, runId, nodeId);
    endJob(tx, job, { state: 'failed', error: error.toWire(tx.ts) });
    return false;
  }
}

function finishRun(
  tx: Transaction,
  plan: Plan,
  runId: string,
  state: RunState,
  scope: StepScope,
): void {
  const end = state === 'completed' ? bindOutputs(tx, plan, runId, scope) : { state };
  try {
    emitEnd(tx, plan, runId, end);
  } catch (error) {
    // Outputs that are too large together; nothing has been written of them.
    if (!(error instanceof HostError)) throw error;
    emitEnd(tx, plan, runId, { state: 'failed', error: error.toWire(tx.ts) });
  }
  tx.plans.forget(runId);
}

function emitEnd(tx: Transaction, plan: Plan, runId: string, end: End): void {
  const { actor } = plan;
  const error = 'error' in end ? end.error : runError(tx, runId, end.state);
  const payload = {
    state: end.state,
    ...('outputs' in end ? { outputs: end.outputs, ...storedParts('outputs', end.places) } : {}),
    ...(error === null ? {} : { error: error as unknown as Json }),
  };
  tx.emit({ eventType: 'run_finished', runId, compositionId: runId, actor, payload });
}

type End =
  | { state: RunState }
  | { state: RunState; outputs: JsonObject; places: Unkept['places'] }
  | { state: RunState; error: WireError };

/**
 * An output that refers to a node which did not complete is null: only a run without `failFast` gets
 * here with such a node, and it is meant to return what there is.
 */
function bindOutputs(tx: Transaction, plan: Plan, runId: string, scope: StepScope): End {
  const { states } = tx.plans.progressOf(runId);
  const isWhole = [...states.values()].every((state) => state === 'completed');
  const outputs: JsonObject = {};
  let places: Unkept['places'] = {};
  for (const [name, template] of Object.entries(plan.outputs)) {
    try {
      const bound = bindIn(tx, scope, 'outputs', { [name]: template });
      Object.assign(outputs, bound.value);
      places = { ...places, ...bound.places };
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (isWhole) return { state: 'failed', error: error.toWire(tx.ts) };
      outputs[name] = null;
    }
  }
  try {
    const bytes = Object.values(places).map((place) => bytesAt(tx.db, place));
    assertNotTooLarge(
      'outputs',
      bytes.reduce((sum, one) => sum + one, 0),
    );
    return { state: 'completed', outputs, places };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { state: 'failed', error: error.toWire(tx.ts) };
  }
}

function runError(tx: Transaction, runId: string, state: RunState): WireError | null {
  if (state === 'completed') return null;
  if (state === 'cancelled') {
    const run = tx.db.one<{ cancel_reason: string | null }>(
      'SELECT cancel_reason FROM runs WHERE run_id = ?',
      runId,
    );
    return cancelledError(run?.cancel_reason ?? 'a node of this run was cancelled', tx.ts);
  }
  const failed = tx.db.one<{ node_id: string; error: string | null }>(
    `SELECT run_nodes.node_id, jobs.error FROM run_nodes JOIN jobs USING (job_id)
     WHERE run_nodes.run_id = ? AND run_nodes.state = 'failed' ORDER BY jobs.finished_at, position LIMIT 1`,
    runId,
  );
  const cause =
    failed === undefined ? null : (valueOf(tx.db, failed.error) as unknown as WireError);
  const message = `node ${failed?.node_id} failed: ${cause?.message ?? 'no reason was given'}`;
  const hint = cause?.hint;
  return new HostError('RUN_FAILED', message, hint === undefined ? {} : { hint }).toWire(tx.ts);
}
