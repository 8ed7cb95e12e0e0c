import { closeSync, openSync, readFileSync, readdirSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setImmediate as others } from 'node:timers/promises';

/** One live process, as `/proc/<pid>/stat` tells it. Zombies are not live: nothing of them can run. */
export interface LiveProcess {
  pid: number;
  parentPid: number;
  group: number;
  /** Clock ticks since boot. Pid and start time together name a process for ever, a pid alone does not. */
  startTicks: number;
  /** Processor time used so far. */
  cpuTicks: number;
  /** Processor time of its children that have ended and been waited for, and of theirs. */
  reapedTicks: number;
  rssPages: number;
}

/** So many are read between two turns of the event loop: half a millisecond or so. */
const readAtOnce = 32;

/**
 * Every live process of the machine, or null where there is no `/proc` (macOS).
 *
 * Read synchronously, a few at a time: the kernel answers from memory, and going through the threads of libuv costs
 * four times as much as the answer itself.
 */
export async function liveProcesses(): Promise<LiveProcess[] | null> {
  const pids = numericEntries();
  if (pids === null) return null;
  const found = await inTurns(pids, readLive);
  return found.filter((process) => process !== null);
}

async function inTurns<Out>(pids: readonly number[], read: (pid: number) => Out): Promise<Out[]> {
  const found: Out[] = [];
  for (let at = 0; at < pids.length; at += readAtOnce) {
    // oxlint-disable-next-line no-await-in-loop -- the others' turn
    if (at > 0) await others();
    found.push(...pids.slice(at, at + readAtOnce).map(read));
  }
  return found;
}

/** Those of `processes` whose environment carries one of the `marks`, written `NAME=value`. */
export async function marked(
  processes: readonly LiveProcess[],
  marks: readonly string[],
): Promise<LiveProcess[]> {
  const carries = await inBatches(processes, async ({ pid }) => {
    const variables = await environmentOf(pid);
    return marks.some((mark) => variables.includes(mark));
  });
  return processes.filter((_, index) => carries[index] === true);
}

/** The variables a process was started with; empty when it is gone or belongs to another user. */
export async function environmentOf(pid: number): Promise<string[]> {
  const raw = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  return raw.split('\0');
}

/** All descendants of `root` among `processes`, `root` itself not included. */
export function descendantsOf(root: number, processes: readonly LiveProcess[]): LiveProcess[] {
  const family = new Set([root]);
  const found: LiveProcess[] = [];
  for (let grown = true; grown; ) {
    grown = false;
    for (const process of processes) {
      if (family.has(process.pid) || !family.has(process.parentPid)) continue;
      family.add(process.pid);
      found.push(process);
      grown = true;
    }
  }
  return found;
}

const batch = 32;

/** Not all at once: on a machine with thousands of processes the answers would hold up the event loop. */
async function inBatches<In, Out>(
  items: readonly In[],
  look: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const answers: Out[] = [];
  for (let at = 0; at < items.length; at += batch) {
    // oxlint-disable-next-line no-await-in-loop
    answers.push(...(await Promise.all(items.slice(at, at + batch).map(look))));
  }
  return answers;
}

function numericEntries(): number[] | null {
  const entries = readOrNull(() => readdirSync('/proc'));
  const pids = entries?.filter((name) => /^\d+$/.test(name)).map(Number) ?? [];
  return pids.length === 0 ? null : pids;
}

/** The process as it is now, or null when it is gone or a zombie. */
export function readLive(pid: number): LiveProcess | null {
  const text = readProc(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses, and may itself contain spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parentPid, group] = fields;
  const startTicks = fields[19];
  if (startTicks === undefined || state === 'Z' || state === 'X') return null;
  return {
    pid,
    parentPid: Number(parentPid),
    group: Number(group),
    startTicks: Number(startTicks),
    cpuTicks: Number(fields[11]) + Number(fields[12]),
    reapedTicks: Number(fields[13]) + Number(fields[14]),
    rssPages: Number(fields[21]),
  };
}

/** The most memory each of the processes ever held, added up, in bytes. */
export async function peakRssOfAll(processes: readonly LiveProcess[]): Promise<number> {
  const pids = processes.map(({ pid }) => pid);
  const peaks = await inTurns(pids, peakRssOf);
  return peaks.reduce((sum, bytes) => sum + bytes, 0);
}

/** The most memory the process ever held, in bytes; 0 when it is gone or there is no `/proc`. */
export function peakRssOf(pid: number): number {
  const found = /^VmHWM:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/status`));
  return found === null ? 0 : Number(found[1]) * 1024;
}

/** `AT_PAGESZ` of the kernel's auxiliary vector. */
const pageSizeKey = 6n;
let bytesPerPage: number | undefined;

/** Node does not tell the size of a page, the kernel tells every program at its start. */
export function pageBytes(): number {
  bytesPerPage ??=
    readOrNull(() => {
      const pairs = new BigUint64Array(new Uint8Array(readFileSync('/proc/self/auxv')).buffer);
      const at = pairs.findIndex((key, index) => index % 2 === 0 && key === pageSizeKey);
      return at === -1 ? null : Number(pairs[at + 1]);
    }) ?? 4096;
  return bytesPerPage;
}

const buffer = Buffer.alloc(8192);

/** A file of `/proc` that is short; empty when it is not there. */
function readProc(path: string): string {
  const text = readOrNull(() => {
    const file = openSync(path, 'r');
    try {
      return buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(file);
    }
  });
  return text ?? '';
}

/** Processes come and go while they are read. */
function readOrNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** `PF_EXITING` of the kernel: the process is on its way out. */
const exitingFlag = 0x4;

/** Whether a process is gone, waits to be reaped, or is on its way out. False where there is no `/proc`. */
export async function isDyingOrDead(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
  if (stat === null) return process.platform === 'linux';
  // after the name, which may hold any character, also a parenthesis
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return /[ZX]/.test(fields[0] ?? '') || (Number(fields[6]) & exitingFlag) !== 0;
}
