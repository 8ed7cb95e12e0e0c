import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Json } from '@capstan/protocol';

interface ProcessSample {
  pid: number;
  parent: number;
  rssMb: number;
  cpuS: number;
}

let previous: { atMs: number; cpuS: Map<number, number> } | undefined;

/** CPU and memory of this worker and everything below it. CPU is since the last time somebody asked. */
export function stats(usage: { [unit: string]: number } | null): Json {
  const tree = subtree(process.platform === 'linux' ? readProc() : readPs(), process.pid);
  const now = performance.now();
  const cpuS = new Map(tree.map((sample) => [sample.pid, sample.cpuS]));
  let spentS = 0;
  for (const [pid, seconds] of cpuS) spentS += seconds - (previous?.cpuS.get(pid) ?? seconds);
  const elapsedS = (now - (previous?.atMs ?? now)) / 1000;
  previous = { atMs: now, cpuS };
  return {
    pid: process.pid,
    cpu_percent: elapsedS > 0 ? Math.max(0, (spentS / elapsedS) * 100) : 0,
    memory_rss_mb: tree.reduce((sum, sample) => sum + sample.rssMb, 0),
    subtree_pids: tree.map((sample) => sample.pid),
    usage,
  };
}

function subtree(all: ProcessSample[], root: number): ProcessSample[] {
  const found = all.filter((sample) => sample.pid === root);
  for (const parent of found) {
    found.push(...all.filter((sample) => sample.parent === parent.pid && sample.pid !== root));
  }
  return found;
}

/** `/proc/<pid>/stat`, whose second field, the name, may hold spaces and parentheses. */
function readProc(): ProcessSample[] {
  const samples: ProcessSample[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const text = readFileSync(`/proc/${entry}/stat`, 'latin1');
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      const ticks = Number(fields[11]) + Number(fields[12]);
      const rssMb = (Number(fields[21]) * 4096) / 1_048_576;
      samples.push({ pid: Number(entry), parent: Number(fields[1]), rssMb, cpuS: ticks / 100 });
    } catch {
      // it ended while we looked
    }
  }
  return samples;
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
