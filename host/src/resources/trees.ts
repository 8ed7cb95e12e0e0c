import { availableParallelism, uptime } from 'node:os';
import { type LiveProcess, pageBytes } from './processes.ts';
import type { GpuSnapshot } from './snapshot.ts';

/**
 * What the process tree of one root uses.
 *
 * A tree is the root, whatever is in the root's process group, and all living descendants of these: a child that left the group
 * (`setsid`) is still a descendant, and one that lost its parent is still in the group. A process that did both belongs to
 * nobody any more and counts as foreign.
 */
export interface TreeUse {
  /** Resident memory of all its processes; pages that they share count once for each. */
  rssBytes: number;
  /**
   * The most it can have held at one moment: the sum of what each living process held at most in its life (`VmHWM`). An upper
   * bound, for they need not have held it at the same time; what processes held that have ended since is not in it.
   */
  peakRssBytes: number;
  /** Of one core, since an earlier look at this root; 0 at the first. */
  cpuPercent: number;
  processes: number;
  /**
   * Bytes by the index of the device. A device of which it cannot be told who holds its memory has no entry; null when that is so
   * of every device there is.
   */
  vram: { [gpuIndex: number]: number } | null;
}

/** Each root's tree, from one list of all processes. A root that is gone has a tree of what is left of it. */
export function treesOf(
  roots: Iterable<number>,
  all: readonly LiveProcess[],
): Map<number, LiveProcess[]> {
  const byParent = grouped(all, ({ parentPid }) => parentPid);
  const byGroup = grouped(all, ({ group }) => group);
  const byPid = new Map(all.map((process) => [process.pid, process]));
  const trees = new Map<number, LiveProcess[]>();
  for (const root of roots) trees.set(root, treeOf(root));
  return trees;

  function treeOf(root: number): LiveProcess[] {
    const tree = new Map<number, LiveProcess>();
    const self = byPid.get(root);
    const waiting = [...(self === undefined ? [] : [self]), ...(byGroup.get(root) ?? [])];
    waiting.push(...(byParent.get(root) ?? []));
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (tree.has(next.pid)) continue;
      tree.set(next.pid, next);
      waiting.push(...(byParent.get(next.pid) ?? []));
    }
    return [...tree.values()];
  }
}

function grouped(
  all: readonly LiveProcess[],
  keyOf: (process: LiveProcess) => number,
): Map<number, LiveProcess[]> {
  const groups = new Map<number, LiveProcess[]>();
  for (const process of all) {
    const key = keyOf(process);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [process]);
    else group.push(process);
  }
  return groups;
}

export function rssOf(tree: readonly LiveProcess[]): number {
  return tree.reduce((pages, { rssPages }) => pages + rssPages, 0) * pageBytes();
}

export function vramOf(
  tree: readonly LiveProcess[],
  gpus: readonly GpuSnapshot[],
): TreeUse['vram'] {
  const pids = new Set(tree.map(({ pid }) => pid));
  const known = gpus.flatMap(({ index, processes }) =>
    processes === null
      ? []
      : [
          [
            index,
            processes.reduce((sum, { pid, bytes }) => sum + (pids.has(pid) ? bytes : 0), 0),
          ] as const,
        ],
  );
  return known.length === 0 && gpus.length > 0 ? null : Object.fromEntries(known);
}

/** The kernel counts in hundredths of a second towards programs, whatever it does inside. */
const ticksPerS = 100;
/** Looks that follow each other faster see the same percentage: over a shorter stretch it would only be noise. */
const stretchMs = 200;
/** A root nobody has asked for so long is forgotten. */
const forgottenMs = 120_000;

interface Seen {
  atMs: number;
  bootTicks: number;
  ticks: number;
  members: ReadonlySet<string>;
  percent: number;
}

/** Turns processor time into percentages, tree by tree, from look to look. */
export class TreeCpu {
  readonly #seen = new Map<number, Seen>();

  percentOf(root: number, tree: readonly LiveProcess[]): number {
    const nowMs = performance.now();
    const before = this.#seen.get(root);
    if (before !== undefined && nowMs - before.atMs < stretchMs) return before.percent;
    const ticks = tree.reduce((sum, { cpuTicks, reapedTicks }) => sum + cpuTicks + reapedTicks, 0);
    const members = new Set(tree.map(nameOf));
    const bootTicks = uptime() * ticksPerS;
    const percent = before === undefined ? 0 : percentSince(before, tree, ticks, nowMs);
    this.#seen.set(root, { atMs: nowMs, bootTicks, ticks, members, percent });
    return percent;
  }

  forgetOld(): void {
    const oldestMs = performance.now() - forgottenMs;
    for (const [root, { atMs }] of this.#seen) if (atMs < oldestMs) this.#seen.delete(root);
  }
}

/**
 * A child's time passes to its parent when it is reaped, so the sum over a tree only grows. Time that a process used
 * before it came into the tree is not the tree's.
 */
function percentSince(
  before: Seen,
  tree: readonly LiveProcess[],
  ticks: number,
  nowMs: number,
): number {
  let broughtAlong = 0;
  for (const process of tree) {
    const isOld = process.startTicks < before.bootTicks - ticksPerS / 10;
    if (isOld && !before.members.has(nameOf(process))) {
      broughtAlong += process.cpuTicks + process.reapedTicks;
    }
  }
  const usedS = Math.max(0, ticks - before.ticks - broughtAlong) / ticksPerS;
  const percent = Math.round((usedS / ((nowMs - before.atMs) / 1000)) * 100);
  return Math.min(percent, availableParallelism() * 100);
}

const nameOf = ({ pid, startTicks }: LiveProcess): string => `${pid}/${startTicks}`;
