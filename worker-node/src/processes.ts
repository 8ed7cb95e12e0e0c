import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessSample {
  pid: number;
  parent: number;
  rssMb: number;
  /** Processor time so far. */
  cpuS: number;
}

/** A process and everything below it; empty when it is gone. */
export function subtreeOf(root: number): ProcessSample[] {
  const all = process.platform === 'linux' ? readProc() : readPs();
  const found = all.filter((sample) => sample.pid === root);
  for (const parent of found) {
    found.push(...all.filter((sample) => sample.parent === parent.pid && sample.pid !== root));
  }
  return found;
}

/** SIGTERM to a process and everything below it, then SIGKILL to what is left after a while. */
export function killTree(root: number | undefined, graceMs: number): void {
  if (root === undefined) return;
  const pids = new Set(subtreeOf(root).map((sample) => sample.pid));
  for (const pid of pids) send(pid, 'SIGTERM');
  setTimeout(() => {
    // children whose parent ended have a new one, so those seen first are remembered
    for (const { pid } of subtreeOf(root)) pids.add(pid);
    for (const pid of pids) send(pid, 'SIGKILL');
  }, graceMs).unref();
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone already
  }
}

const ticksPerSecond = 100;

/** `/proc/<pid>/stat`, whose second field, the name, may hold spaces and parentheses. */
function readProc(): ProcessSample[] {
  const pageMb = pageBytes() / 1_048_576;
  const samples: ProcessSample[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const fields = statFields(entry);
      const ticks = Number(fields[11]) + Number(fields[12]);
      samples.push({
        pid: Number(entry),
        parent: Number(fields[1]),
        rssMb: Number(fields[21]) * pageMb,
        cpuS: ticks / ticksPerSecond,
      });
    } catch {
      // it ended while we looked
    }
  }
  return samples;
}

function statFields(entry: string): string[] {
  const text = readFileSync(`/proc/${entry}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Node does not tell the size of a page (4, 16 or 64 KiB), but the same figure in both units does. */
function pageBytes(): number {
  const pages = Number(statFields('self')[21]);
  const ratio = process.memoryUsage.rss() / pages;
  return 2 ** Math.round(Math.log2(ratio));
}

function readPs(): ProcessSample[] {
  const text = execFileSync('ps', ['-axo', 'pid=,ppid=,rss=,time='], { encoding: 'utf8' });
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, rss, time = ''] = line.trim().split(/\s+/);
      const cpuS = time.split(/[-:]/).reduce((seconds, part) => seconds * 60 + Number(part), 0);
      return { pid: Number(pid), parent: Number(parent), rssMb: Number(rss) / 1024, cpuS };
    });
}
