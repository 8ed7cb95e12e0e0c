import { readFile } from 'node:fs/promises';
import type { WireError } from '@capstan/protocol';
import type { ProcessEnd } from './handshake.ts';

/** How a worker's life ended. */
export interface WorkerExit extends ProcessEnd {
  /** For people: "exited with code 3". */
  message: string;
  category: WireError['category'];
  /** Processes that could not be killed, being in an uninterruptible wait. */
  survivors: number[];
}

/** Whether somebody asked for the end, or the machine ran out of memory meanwhile. */
export interface Circumstances {
  wasStopped: boolean;
  oomKills: number;
}

export function describeEnd({ code, signal }: ProcessEnd, { wasStopped, oomKills }: Circumstances) {
  const end = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
  if (wasStopped) return { message: `was stopped (${end})`, category: 'transient' as const };
  if (signal !== 'SIGKILL') return { message: end, category: 'transient' as const };
  return oomKills > 0
    ? { message: `${end}: the system ran out of memory`, category: 'resource' as const }
    : { message: `${end}, probably for lack of memory`, category: 'resource' as const };
}

/** How many processes the kernel has killed for lack of memory since boot; null where it does not say. */
export async function oomKillsSinceBoot(): Promise<number | null> {
  const text = await readFile('/proc/vmstat', 'latin1').catch(() => '');
  const found = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}
