import { readdir, readFile } from 'node:fs/promises';

/** One live process, as `/proc/<pid>/stat` tells it. Zombies are not live: nothing of them can run. */
export interface LiveProcess {
  pid: number;
  parentPid: number;
  group: number;
  /** Clock ticks since boot. Pid and start time together name a process for ever, a pid alone does not. */
  startTicks: number;
  /** Processor time used so far. */
  cpuTicks: number;
  rssPages: number;
}

/** Every live process of the machine, or null where there is no `/proc` (macOS). */
export async function liveProcesses(): Promise<LiveProcess[] | null> {
  const pids = await numericEntries();
  if (pids === null) return null;
  const found = await inBatches(pids, readLive);
  return found.filter((process) => process !== null);
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

async function numericEntries(): Promise<number[] | null> {
  const entries = await readdir('/proc').catch(() => null);
  const pids = entries?.filter((name) => /^\d+$/.test(name)).map(Number) ?? [];
  return pids.length === 0 ? null : pids;
}

async function readLive(pid: number): Promise<LiveProcess | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
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
    rssPages: Number(fields[21]),
  };
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
