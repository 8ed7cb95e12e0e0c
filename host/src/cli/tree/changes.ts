import { duration, took } from '../terminal/quantities.ts';
import { type Paint, type Style, styleFor } from '../terminal/style.ts';
import { reusedText } from './render.ts';
import type { Tree, TreeNode } from './tree.ts';

/**
 * What changed between two trees, one line each: what a log file or a CI page gets in place of a live
 * picture. Progress alone is no change, unless `everyTenth` asks for each further ten percent.
 */
export function changes(
  before: Tree,
  after: Tree,
  { everyTenth, style = styleFor(false) }: { everyTenth: boolean; style?: Style },
): string[] {
  const lines: string[] = [];
  if (before.state !== after.state && after.state === 'running') {
    lines.push(`${after.name}: started ${after.runId ?? ''}`.trimEnd());
  }
  if (after.notice !== null && after.notice !== before.notice)
    lines.push(style.yellow(after.notice));
  for (const [i, node] of after.nodes.entries()) {
    const earlier = before.nodes[i];
    if (earlier === undefined || earlier === node) continue;
    const line = changeOf(earlier, node, everyTenth);
    if (line !== null) lines.push(paintOf(node.state, style)(`${node.id}: ${line}`));
  }
  if (before.finishedAtMs === null && after.finishedAtMs !== null) {
    const lasted = duration(after.finishedAtMs - after.startedAtMs);
    lines.push(paintOf(after.state, style)(`${after.name}: ${after.state} in ${lasted}`));
  }
  return lines;
}

function paintOf(state: Tree['state'] | TreeNode['state'], style: Style): Paint {
  if (state === 'completed') return style.green;
  if (state === 'failed') return style.red;
  return state === 'cancelled' || state === 'needs_decision' ? style.yellow : (text) => text;
}

function changeOf(before: TreeNode, after: TreeNode, everyTenth: boolean): string | null {
  if (before.state !== after.state || before.attempt !== after.attempt) return stateLine(after);
  if (after.waitReason !== null && before.waitReason !== after.waitReason) {
    return after.waitReason;
  }
  if (everyTenth && tenth(before) !== tenth(after)) {
    return `${tenth(after) * 10}%${after.message === '' ? '' : ` ${after.message}`}`;
  }
  return null;
}

const tenth = (node: TreeNode): number => Math.floor((node.progress ?? 0) * 10);

function stateLine(node: TreeNode): string | null {
  const lasted =
    node.startedAtMs === null || node.finishedAtMs === null
      ? ''
      : ` in ${took(node.finishedAtMs - node.startedAtMs)}`;
  switch (node.state) {
    case 'waiting':
      return null;
    case 'pending':
      return node.waitReason === null ? 'queued' : `queued (${node.waitReason})`;
    case 'running':
      return `running ${node.target}${node.attempt > 1 ? `, attempt ${node.attempt}` : ''}`;
    case 'completed':
      return node.reused ? reusedText(node) : `completed${lasted}`;
    case 'failed':
      return `failed${lasted}${node.message === '' ? '' : `: ${node.message}`}`;
    default:
      return `${node.state.replace('_', ' ')}${node.message === '' ? '' : `: ${node.message}`}`;
  }
}
