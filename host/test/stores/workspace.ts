import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { JsonObject, WireError } from '@capstan/protocol';
import type { Clock } from '../../src/clock.ts';
import { workspacePaths } from '../../src/paths.ts';
import type { AttemptOutcome, JobSpec, NodeSpec, RunSpec } from '../../src/stores/index.ts';
import { StateStore } from '../../src/stores/index.ts';

/** A folder that is gone after the test. */
export function temporaryWorkspace(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'capstan-stores-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return workspacePaths(root);
}

/** A clock that moves a second per look, so that times in tests are known. */
export function steppingClock(): Clock {
  let nowMs = Date.UTC(2026, 0, 1);
  return {
    nowMs: () => (nowMs += 1_000),
    monotonicMs: () => performance.now(),
  };
}

export const binder = new URL('./one-word-binder.ts', import.meta.url);

export async function openStore(t: TestContext, paths = temporaryWorkspace(t)) {
  const store = await StateStore.open({ paths, clock: steppingClock(), binder, reserveBytes: 0 });
  t.after(() => store.close());
  return { store, reader: store.reader, paths };
}

export const jobSpec = (over: Partial<JobSpec> = {}): JobSpec => ({
  capability: 'speech',
  action: 'transcribe',
  input: { language: 'en' },
  effects: 'idempotent',
  ...over,
});

export const nodeSpec = (
  nodeId: string,
  needs: string[] = [],
  input: JsonObject = {},
): NodeSpec => ({ nodeId, needs, capability: 'tool', action: 'do', input, effects: 'idempotent' });

export const runSpec = (nodes: NodeSpec[], over: Partial<RunSpec> = {}): RunSpec => ({
  name: 'notes',
  definition: { name: 'notes' },
  definitionHash: 'd',
  inputs: {},
  inputsHash: 'i',
  nodes,
  outputs: {},
  failFast: true,
  resume: false,
  ...over,
});

export const completed = (result: JsonObject | string): AttemptOutcome => ({
  kind: 'completed',
  result,
  artifacts: [],
});

export const wireError = (message: string): WireError => ({
  category: 'fatal',
  code: 'TOOL_BROKE',
  message,
  retriable: false,
  occurredAt: '2026-01-01T00:00:00.000Z',
});

export const failed = (message = 'it broke'): AttemptOutcome => ({
  kind: 'failed',
  error: wireError(message),
});

/** Starts and ends the job of a node, as the queue would. */
export async function runNode(
  store: StateStore,
  runId: string,
  nodeId: string,
  outcome: AttemptOutcome,
): Promise<void> {
  const jobId = store.reader.runNodes(runId).find((node) => node.nodeId === nodeId)?.jobId;
  if (jobId === null || jobId === undefined) throw new Error(`${nodeId} has no job`);
  const start = await store.startAttempt(jobId, 'call');
  if (start.kind === 'refused') throw new Error(`${nodeId} is ${start.state}`);
  await store.finishAttempt(jobId, start.attempt, outcome);
}

export const nodeStates = (store: StateStore, runId: string): { [nodeId: string]: string } =>
  Object.fromEntries(store.reader.runNodes(runId).map(({ nodeId, state }) => [nodeId, state]));
