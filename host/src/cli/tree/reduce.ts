import type { HostEvent, JournaledEvent, Json, JsonObject } from '../runtime.ts';
import { oneLine } from '../terminal/plain.ts';
import type { NodeState, Tree, TreeNode } from './tree.ts';

/** The tree after an event. Events of other runs, and kinds it does not know, change nothing. */
export function reduce(tree: Tree, event: HostEvent, nowMs: number): Tree {
  if (tree.runId === null || event.runId !== tree.runId) return tree;
  if (event.nodeId !== undefined) return withNode(tree, event.nodeId, event, nowMs);
  return 'payload' in event ? advanceRun(tree, event, nowMs) : tree;
}

function advanceRun(tree: Tree, event: JournaledEvent, nowMs: number): Tree {
  switch (event.type) {
    case 'run_submitted':
      return { ...tree, state: 'running' };
    case 'run_cancel_requested':
      return { ...tree, notice: tree.notice ?? `cancelling: ${textOf(event.payload['reason'])}` };
    case 'run_finished':
      return {
        ...tree,
        state: endOfRun(event.payload['state']),
        finishedAtMs: timeOf(event, nowMs),
        notice: null,
      };
    default:
      return tree;
  }
}

function withNode(tree: Tree, id: string, event: HostEvent, nowMs: number): Tree {
  let changed = false;
  const nodes = tree.nodes.map((node) => {
    if (node.id !== id) return node;
    const next = 'payload' in event ? advance(node, event, nowMs) : tell(node, event);
    changed ||= next !== node;
    return next;
  });
  return changed ? { ...tree, nodes } : tree;
}

/** What is said while a node runs. A late word, after its end, is dropped. */
function tell(node: TreeNode, event: Exclude<HostEvent, JournaledEvent>): TreeNode {
  if (node.state !== 'running' && node.state !== 'pending') return node;
  if (event.type !== 'phase' && event.type !== 'progress') return node;
  const message = oneLine(event.message);
  if (event.type === 'phase') return { ...node, message };
  return {
    ...node,
    progress: Math.min(1, Math.max(0, event.progress)),
    message: message === '' ? node.message : message,
  };
}

function advance(node: TreeNode, event: JournaledEvent, nowMs: number): TreeNode {
  const { payload } = event;
  const jobId = event.jobId ?? node.jobId;
  switch (event.type) {
    case 'job_submitted':
      return { ...node, state: 'pending', jobId };
    case 'job_waiting':
      return { ...node, jobId, waitReason: textOf(payload['reason']) };
    case 'job_started':
      return start(node, event, nowMs);
    case 'job_interrupted':
      return payload['next'] === 'needs_decision'
        ? end(node, 'needs_decision', event, nowMs)
        : { ...node, ...idle, state: 'pending', waitReason: 'interrupted, runs again' };
    case 'job_decided':
      return { ...node, ...idle, state: 'pending' };
    case 'job_finished':
      return end(node, endOfNode(payload['state']), event, nowMs);
    case 'node_skipped':
      return end(node, payload['state'] === 'cancelled' ? 'cancelled' : 'skipped', event, nowMs);
    default:
      return node;
  }
}

const idle = { progress: null, message: '', waitReason: null, finishedAtMs: null } as const;

function start(node: TreeNode, event: JournaledEvent, nowMs: number): TreeNode {
  const attempt = event.payload['attempt'];
  return {
    ...node,
    ...idle,
    state: 'running',
    jobId: event.jobId ?? node.jobId,
    attempt: typeof attempt === 'number' ? attempt : node.attempt + 1,
    startedAtMs: timeOf(event, nowMs),
  };
}

function end(node: TreeNode, state: NodeState, event: JournaledEvent, nowMs: number): TreeNode {
  return {
    ...node,
    state,
    jobId: event.jobId ?? node.jobId,
    progress: state === 'completed' ? 1 : node.progress,
    message: state === 'completed' ? '' : lastWord(event.payload),
    waitReason: null,
    finishedAtMs: timeOf(event, nowMs),
  };
}

/** Why a node ended without a result, as far as its event tells. */
function lastWord(payload: JsonObject): string {
  const { error, because, reason } = payload;
  if (typeof error === 'object' && error !== null && !Array.isArray(error)) {
    return textOf(error['message']);
  }
  return textOf(because ?? reason);
}

const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? oneLine(value) : '';

function timeOf(event: JournaledEvent, nowMs: number): number {
  const recorded = Date.parse(event.ts);
  return Number.isFinite(recorded) ? recorded : nowMs;
}

const endsOfNode: readonly NodeState[] = ['completed', 'failed', 'cancelled', 'needs_decision'];
const endOfNode = (state: Json | undefined): NodeState =>
  endsOfNode.find((known) => known === state) ?? 'failed';
const endOfRun = (state: Json | undefined): Tree['state'] =>
  state === 'completed' || state === 'cancelled' ? state : 'failed';
