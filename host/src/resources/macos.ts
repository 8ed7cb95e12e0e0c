import { freemem, totalmem } from 'node:os';
import type { Memory } from './memory.ts';
import { answerOf } from './program.ts';

const vmStat = '/usr/bin/vm_stat';
const limitMs = 2_000;

/** The memory of a Mac. */
export async function macMemory(env: NodeJS.ProcessEnv, program = vmStat): Promise<Memory> {
  const answer = await answerOf(program, [], env, limitMs);
  const available = answer.kind === 'answered' ? parseVmStat(answer.stdout) : null;
  const total = totalmem();
  return { total, available: Math.min(total, available ?? freemem()) };
}

/**
 * What programs may still take on macOS, from what `vm_stat` prints. Node's own figure counts only pages nobody ever used since the
 * last time they were freed, which on a machine that has been up for an hour is next to nothing.
 */
export function parseVmStat(stdout: string): number | null {
  const page = /page size of (\d+) bytes/.exec(stdout)?.[1];
  const pagesOf = (name: string): number =>
    Number(new RegExp(`^"?${name}"?:\\s+(\\d+)\\.`, 'm').exec(stdout)?.[1] ?? Number.NaN);
  const free = pagesOf('Pages free');
  if (page === undefined || Number.isNaN(free)) return null;
  const more = ['Pages inactive', 'Pages speculative', 'Pages purgeable'].map(pagesOf);
  const pages = more.reduce((sum, count) => sum + (Number.isNaN(count) ? 0 : count), free);
  return pages * Number(page);
}
