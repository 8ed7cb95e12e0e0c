import { readFileSync } from 'node:fs';

/** What a process holds, in MB (Linux). */
export interface Held {
  rss: number;
  /** What it adds to the memory of the machine: pages that it shares count by their share. */
  pss: number;
}

export function heldBy(pid: number): Held {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const megabytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(rollup)?.[1]) / 1024;
  return { rss: megabytes('Rss'), pss: megabytes('Pss') };
}

export const heldByAll = (pids: readonly number[]): Held =>
  pids.map(heldBy).reduce((sum, each) => ({ rss: sum.rss + each.rss, pss: sum.pss + each.pss }), {
    rss: 0,
    pss: 0,
  });
