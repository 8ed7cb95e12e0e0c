import { duration, took } from '../terminal/quantities.ts';
import { type Paint, type Style, styleFor } from '../terminal/style.ts';
import { padEnd, padStart, truncate, widthOf } from '../terminal/width.ts';
import { type NodeState, type Tree, type TreeNode, hasEnded } from './tree.ts';

export interface Canvas {
  columns: number;
  /** Lines there is room for; `Infinity` where nothing is redrawn. */
  rows: number;
  color: boolean;
  unicode: boolean;
  nowMs: number;
}

/** The lines of a tree: a header, one line per node, a notice while there is one. */
export function render(tree: Tree, canvas: Canvas): string[] {
  const style = styleFor(canvas.color);
  const room = canvas.rows - 1 - (tree.notice === null ? 0 : 1);
  const shown = mostTelling(tree.nodes, room);
  const widths = columnWidths(tree.nodes, canvas.columns);
  const lines = [
    header(tree, canvas, style),
    ...shown.map((node) => nodeLine(node, tree, widths, canvas, style)),
  ];
  const hidden = tree.nodes.length - shown.length;
  if (hidden > 0) lines.push(style.dim(truncate(`  and ${hidden} more`, canvas.columns)));
  if (tree.notice !== null) lines.push(style.yellow(truncate(`  ${tree.notice}`, canvas.columns)));
  return lines;
}

/** When there are more nodes than lines, those that move or failed stay; the order never changes. */
function mostTelling(nodes: readonly TreeNode[], room: number): readonly TreeNode[] {
  if (nodes.length <= room) return nodes;
  const rank = (node: TreeNode): number =>
    ['running', 'failed', 'needs_decision', 'pending', 'waiting'].indexOf(node.state) + 1 || 9;
  const kept = new Set(nodes.toSorted((a, b) => rank(a) - rank(b)).slice(0, Math.max(1, room - 1)));
  return nodes.filter((node) => kept.has(node));
}

function header(tree: Tree, canvas: Canvas, style: Style): string {
  const done = tree.nodes.filter((node) => hasEnded(node.state)).length;
  const count = tree.nodes.length === 0 ? '' : `${done} of ${tree.nodes.length}`;
  const elapsed = duration((tree.finishedAtMs ?? canvas.nowMs) - tree.startedAtMs);
  // In the order in which a narrow terminal may lose them, the last one first.
  const rest = [
    count,
    tree.state === 'running' ? elapsed : `${tree.state} ${elapsed}`,
    tree.runId ?? '',
  ];
  const separator = canvas.unicode ? ' · ' : ' - ';
  const name = truncate(tree.name, canvas.columns);
  const tail = rest.filter((part) => part !== '').map((part) => `${separator}${part}`);
  return style.bold(name) + style.dim(truncate(tail.join(''), canvas.columns - widthOf(name)));
}

interface Widths {
  id: number;
  /** 0 where the terminal is too narrow for it. */
  target: number;
}

function columnWidths(nodes: readonly TreeNode[], columns: number): Widths {
  const widest = (texts: string[], limit: number): number =>
    Math.min(limit, Math.max(1, ...texts.map(widthOf)));
  const id = widest(
    nodes.map((node) => node.id),
    Math.max(4, Math.floor(columns / 3)),
  );
  const target = widest(
    nodes.map((node) => node.target),
    36,
  );
  return { id, target: id + target + 40 <= columns ? target : 0 };
}

function nodeLine(
  node: TreeNode,
  tree: Tree,
  widths: Widths,
  canvas: Canvas,
  style: Style,
): string {
  const look = looks(style)[node.state];
  const glyph = canvas.unicode ? look.glyph(canvas.nowMs) : look.ascii;
  const target = widths.target === 0 ? '' : `  ${fit(node.target, widths.target)}`;
  const start = ` ${fit(node.id, widths.id)}${target}  ${padStart(elapsedOf(node, canvas.nowMs), 7)}  `;
  const detail = detailOf(node, tree, canvas, style, canvas.columns - 2 - widthOf(start));
  return ` ${look.paint(glyph)}${start}${detail}`.trimEnd();
}

const fit = (text: string, width: number): string => padEnd(truncate(text, width), width);

function elapsedOf(node: TreeNode, nowMs: number): string {
  if (node.startedAtMs === null || node.state === 'pending' || node.state === 'waiting') return '';
  return node.finishedAtMs === null
    ? duration(nowMs - node.startedAtMs)
    : took(node.finishedAtMs - node.startedAtMs);
}

function detailOf(node: TreeNode, tree: Tree, canvas: Canvas, style: Style, room: number): string {
  switch (node.state) {
    case 'running':
      return runningDetail(node, canvas, style, room);
    case 'waiting':
      return style.dim(truncate(node.waitReason ?? waitingFor(node, tree), room));
    case 'pending':
      return style.dim(truncate(node.waitReason ?? 'queued', room));
    case 'completed':
      return node.reused ? style.dim(truncate(reusedText(node), room)) : '';
    case 'failed':
      return style.red(truncate(node.message, room));
    case 'needs_decision':
      return style.yellow(
        truncate(node.message || 'was interrupted; its action is unsafe to repeat', room),
      );
    case 'skipped':
    case 'cancelled':
      return style.dim(truncate(node.message || node.state, room));
  }
}

/** What was kept of an earlier run says of which; what this run did before it was cut off says so. */
export const reusedText = ({ message }: TreeNode): string =>
  message === '' ? 'done before, not run again' : message;

const barWidth = 20;

function runningDetail(node: TreeNode, canvas: Canvas, style: Style, room: number): string {
  const again = node.attempt > 1 ? `attempt ${node.attempt}  ` : '';
  const said = `${again}${node.message}`;
  if (node.progress === null) return style.dim(truncate(said, room));
  if (room < 4) return '';
  const percent = padStart(`${Math.floor(node.progress * 100)}%`, 4);
  const bar = room >= barWidth + 8 ? `${progressBar(node.progress, canvas.unicode, style)} ` : '';
  const used = (bar === '' ? 0 : barWidth + 1) + widthOf(percent) + 2;
  return `${bar}${percent}  ${style.dim(truncate(said, room - used))}`;
}

function progressBar(progress: number, unicode: boolean, style: Style): string {
  const full = Math.round(progress * barWidth);
  const [done, left] = unicode ? ['━', '─'] : ['#', '.'];
  return style.cyan(done.repeat(full)) + style.dim(left.repeat(barWidth - full));
}

/** Names of the unfinished nodes this one waits for. */
export function waitingFor(node: TreeNode, tree: Tree): string {
  const open = tree.nodes.filter(
    (other) => node.after.includes(other.id) && !hasEnded(other.state),
  );
  return open.length === 0 ? '' : `waits for ${open.map((other) => other.id).join(', ')}`;
}

interface Look {
  glyph: (nowMs: number) => string;
  ascii: string;
  paint: Paint;
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
export const spin = (nowMs: number): string =>
  spinner[Math.floor(nowMs / 100) % spinner.length] ?? '⠋';
const always = (glyph: string) => (): string => glyph;

function looks(style: Style): { [state in NodeState]: Look } {
  return {
    waiting: { glyph: always('·'), ascii: '.', paint: style.dim },
    pending: { glyph: always('◦'), ascii: 'o', paint: style.dim },
    running: { glyph: spin, ascii: '>', paint: style.cyan },
    completed: { glyph: always('✔'), ascii: '+', paint: style.green },
    failed: { glyph: always('✖'), ascii: 'x', paint: style.red },
    cancelled: { glyph: always('⊘'), ascii: '-', paint: style.yellow },
    skipped: { glyph: always('⊘'), ascii: '-', paint: style.dim },
    needs_decision: { glyph: always('?'), ascii: '?', paint: style.yellow },
  };
}
