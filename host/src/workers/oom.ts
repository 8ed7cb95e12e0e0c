import { readFile } from 'node:fs/promises';

/** A file in which the kernel counts the processes that it killed for lack of memory. */
interface Counter {
  path: string;
  pattern: RegExp;
}

/** Of the whole machine, where the group of processes that the host belongs to has no counter of its own. */
const machine: Counter = { path: '/proc/vmstat', pattern: /^oom_kill (\d+)$/m };

let counter: Promise<Counter> | undefined;

/**
 * How many processes the kernel has killed for lack of memory, among those that share the host's memory limit
 * (its control group, where workers are as well), else on the whole machine; null where it does not say.
 */
export async function oomKills(): Promise<number | null> {
  counter ??= findCounter();
  return countIn(await counter);
}

async function countIn({ path, pattern }: Counter): Promise<number | null> {
  const text = await readFile(path, 'latin1').catch(() => '');
  const found = pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}

async function findCounter(): Promise<Counter> {
  const groups = await readFile('/proc/self/cgroup', 'latin1').catch(() => '');
  for (const candidate of countersIn(groups)) {
    // oxlint-disable-next-line no-await-in-loop -- three files, once
    if ((await countIn(candidate)) !== null) return candidate;
  }
  return machine;
}

/** Where control groups of either version count; inside of a container the path is often not what it says. */
export function countersIn(groups: string): Counter[] {
  const counters: Counter[] = [];
  const pattern = /^oom_kill (\d+)$/m;
  for (const line of groups.split('\n')) {
    const [, number, controllers = '', path = ''] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (number === '0' && path !== '/') {
      counters.push({ path: `/sys/fs/cgroup${path}/memory.events`, pattern });
    } else if (controllers.split(',').includes('memory')) {
      for (const place of [path, '']) {
        counters.push({ path: `/sys/fs/cgroup/memory${place}/memory.oom_control`, pattern });
      }
    }
  }
  return counters;
}

/** A note is taken at most this often. */
const refreshMs = 2_000;

interface Note {
  count: number | null;
  atMs: number;
}
/** The last note, and the one before it: the last may have been taken just after a kill that it should not know of. */
let notes: Note[] = [];

/** Notes the count now and then, so that a death is compared with a moment before and not with last week. */
export function watchOomKills(): void {
  const nowMs = performance.now();
  const last = notes.at(-1);
  if (last !== undefined && nowMs - last.atMs < refreshMs) return;
  const note: Note = { count: last?.count ?? null, atMs: nowMs };
  notes = [...notes, note].slice(-2);
  void fill(note);
}

async function fill(note: Note): Promise<void> {
  note.count = await oomKills();
}

/** How many were killed since a few seconds ago. */
export async function oomKillsOfLate(): Promise<number> {
  const before = notes.find(({ count }) => count !== null)?.count ?? null;
  const now = await oomKills();
  return before === null || now === null ? 0 : Math.max(0, now - before);
}
