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

/** Whether somebody asked for the end, and how many processes the kernel has killed for lack of memory meanwhile. */
export interface Circumstances {
  wasStopped: boolean;
  oomKills: number;
  /** The last lines that it printed. */
  lastLines?: readonly string[];
}

/** V8 aborts when its heap is full, and says so before. */
const heapIsFull = /JavaScript heap out of memory/;

export function describeEnd(
  { code, signal }: ProcessEnd,
  { wasStopped, oomKills, lastLines = [] }: Circumstances,
) {
  const end = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
  if (wasStopped) return { message: `was stopped (${end})`, category: 'transient' as const };
  // Only the kernel knows whether memory was the reason: anybody can send this signal.
  if (signal === 'SIGKILL' && oomKills > 0) {
    return { message: `${end}: the system ran out of memory`, category: 'resource' as const };
  }
  if (code !== 0 && lastLines.some((line) => heapIsFull.test(line))) {
    return { message: `${end}: its JavaScript heap was full`, category: 'resource' as const };
  }
  return { message: end, category: 'transient' as const };
}
