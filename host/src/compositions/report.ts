import type { Json, JsonObject, WireError } from '@capstan/protocol';
import type { NodeState, RunState } from '../kernel/index.ts';
import type { ArtifactRecord, ArtifactRow, Reader, RunNodeRow } from '../stores/index.ts';

/** All there is to know about a run, as `--json` prints it. */
export interface RunReport {
  runId: string;
  name: string;
  state: RunState;
  /** The composition's file, where there is one. */
  source: string | null;
  /** The run this one repeats. */
  retryOf: string | null;
  startedAt: string;
  finishedAt: string | null;
  durationMs: number | null;
  inputs: JsonObject;
  /** Null until the run is completed. */
  outputs: JsonObject | null;
  error: WireError | null;
  /** In the order of the file. */
  nodes: { [id: string]: NodeReport };
}

export interface NodeReport {
  state: NodeState;
  capability: string;
  /** Absent for the default instance. */
  instance?: string;
  action?: string;
  task?: string;
  method?: string;
  /** Null while the node waits for others, and for ever if it is skipped. */
  job: string | null;
  /** Done by an earlier run, which this one repeats: times, artifacts and job are of then. */
  reused: boolean;
  /** Why it is done again, although that run had completed it; absent for all others. */
  again?: string;
  attempts: number;
  startedAt: string | null;
  finishedAt: string | null;
  durationMs: number | null;
  waitReason: string | null;
  error: WireError | null;
  artifacts: ArtifactRecord[];
  output: Json;
}

/** The report of a run at this moment, finished or not; null for an unknown one. */
export function runReport(reader: Reader, runId: string): RunReport | null {
  const run = reader.run(runId);
  if (run === null) return null;
  const artifacts = Map.groupBy(reader.artifactsOfRun(runId), ({ nodeId }) => nodeId);
  const nodes = reader
    .runNodes(runId)
    .map((node): [string, NodeReport] => [
      node.nodeId,
      nodeReport(node, artifacts.get(node.nodeId) ?? []),
    ]);
  const { name, state, source, retryOf, startedAt, finishedAt, inputs, outputs, error } = run;
  return {
    runId,
    name,
    state,
    source,
    retryOf,
    startedAt,
    finishedAt,
    durationMs: durationMs(startedAt, finishedAt),
    inputs,
    outputs,
    error,
    nodes: Object.fromEntries(nodes),
  };
}

function nodeReport(node: RunNodeRow, artifacts: readonly ArtifactRow[]): NodeReport {
  const { state, capability, instance, action, task, method, startedAt, finishedAt } = node;
  return {
    state,
    capability,
    ...(instance === null ? {} : { instance }),
    ...(action === null ? {} : { action }),
    ...(task === null ? {} : { task }),
    ...(method === null ? {} : { method }),
    job: node.jobId,
    reused: node.reused,
    ...(node.again === null ? {} : { again: node.again }),
    attempts: node.attempts,
    startedAt,
    finishedAt,
    durationMs: durationMs(startedAt, finishedAt),
    waitReason: node.waitReason,
    error: node.error,
    artifacts: artifacts.map(recordOf),
    output: node.output,
  };
}

const recordOf = ({ path, sha256, size, name, mediaType }: ArtifactRow): ArtifactRecord => ({
  path,
  sha256,
  size,
  name,
  ...(mediaType === undefined ? {} : { mediaType }),
});

const durationMs = (startedAt: string | null, finishedAt: string | null): number | null =>
  startedAt === null || finishedAt === null ? null : Date.parse(finishedAt) - Date.parse(startedAt);
