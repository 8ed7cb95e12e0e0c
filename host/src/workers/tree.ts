import { setTimeout as delay } from 'node:timers/promises';
import { descendantsOf, type LiveProcess, liveProcesses, marked } from '../resources/index.ts';

/**
 * How a whole process tree is ended.
 *
 * Killing the process group is not enough: a grandchild that called setsid left it, and one that forked
 * twice has no parent left by which to find it. So three nets are cast, each catching what slips through
 * the others: the group, the descendants of the worker, and every process whose environment carries the
 * worker's mark. They are cast again until nothing is caught, because a process may fork while it is read.
 *
 * Not caught: a process that left the group, lost its parent *and* was started with an emptied environment.
 */
export interface Tree {
  /** The worker; its group has the same number. */
  pid: number;
  /** `CAPSTAN_SESSION=<id>`. */
  mark: string;
}

/** A process in an uninterruptible wait cannot be killed; after this long it is reported instead. */
const giveUpMs = 10_000;
const betweenPassesMs = 10;

/** Signals the worker's process group. False when no such group is left. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** SIGKILLs every process of the tree; resolves when none is left, with the pids that would not die. */
export async function killTree(tree: Tree): Promise<number[]> {
  signalGroup(tree.pid, 'SIGKILL');
  return killUntilNone(async () => {
    const all = await liveProcesses();
    return all === null ? null : membersOf(tree, all);
  });
}

/** SIGKILLs what `find` finds until it finds nothing. Null, without `/proc`: nothing can be found. */
export async function killUntilNone(find: () => Promise<LiveProcess[] | null>): Promise<number[]> {
  const deadline = performance.now() + giveUpMs;
  for (;;) {
    const found = (await find()) ?? [];
    if (found.length === 0) return [];
    for (const { pid } of found) kill(pid);
    if (performance.now() > deadline) return found.map(({ pid }) => pid);
    await delay(betweenPassesMs);
  }
}

async function membersOf(tree: Tree, all: readonly LiveProcess[]): Promise<LiveProcess[]> {
  const found = new Map<number, LiveProcess>();
  const add = (processes: readonly LiveProcess[]) => {
    for (const process of processes) found.set(process.pid, process);
  };
  add(all.filter(({ group }) => group === tree.pid));
  add(descendantsOf(tree.pid, all));
  add(await marked(all, [tree.mark]));
  found.delete(process.pid);
  return [...found.values()];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone between being found and being killed, which is what we wanted.
  }
}
