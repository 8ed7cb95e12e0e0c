import type { Json } from '@capstan/protocol';
import { subtreeOf } from './processes.ts';

let previous: { atMs: number; cpuS: Map<number, number> } | undefined;

/** CPU and memory of this worker and everything below it. CPU is since the last time somebody asked. */
export function stats(usage: { [unit: string]: number } | null): Json {
  const tree = subtreeOf(process.pid);
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
