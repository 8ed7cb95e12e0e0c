import { readFileSync } from 'node:fs';
import { inFlight, oneByOne, processorTime, type Sample } from '../../measure/sides.ts';
import type { Abilities } from '../system.ts';
import type { Server } from './server.ts';

/** Jobs that are waited for, by the number in their payload. */
export class Ends {
  readonly #waiting = new Map<number, () => void>();
  #next = 0;

  /** A number that no job had, and its job's end. */
  next(): { n: number; ended: Promise<void> } {
    const n = this.#next++;
    return { n, ended: new Promise((resolve) => this.#waiting.set(n, resolve)) };
  }

  /** So many numbers, and the end of all their jobs. */
  many(count: number): { numbers: number[]; ended: Promise<unknown> } {
    const jobs = Array.from({ length: count }, () => this.next());
    return {
      numbers: jobs.map(({ n }) => n),
      ended: Promise.all(jobs.map(({ ended }) => ended)),
    };
  }

  /** To be called when a job has ended; of those that nobody waits for too. */
  end(n: number): void {
    this.#waiting.get(n)?.();
    this.#waiting.delete(n);
  }
}

/** What every system is asked that can run one job and wait for its end. */
export function jobsOf(
  runOne: () => Promise<unknown>,
  server: Server,
): Pick<Abilities, 'oneJob' | 'burst' | 'memoryAfter'> {
  const pids = (): number[] => server.pids();
  return {
    oneJob: (count) => oneByOne(count, runOne, pids),
    burst: (count, width) => inFlight(count, width, runOne, pids),
    memoryAfter: async (jobs) => {
      await inFlight(jobs, 8, runOne, pids);
      const shares = [process.pid, ...pids()].map(megabytesOf);
      return { wall: shares.reduce((sum, share) => sum + share, 0) };
    },
  };
}

/** Milliseconds of one act, and the processor time of all that took part. */
export async function whole(act: () => Promise<unknown>, server: Server): Promise<Sample> {
  const cpuMicros = processorTime(() => server.pids());
  const start = performance.now();
  await act();
  return { wall: performance.now() - start, cpuMicros: cpuMicros() };
}

/** Of jobs that are handed over together: so many a second until the last has ended. */
export async function drained(
  count: number,
  act: () => Promise<unknown>,
  server: Server,
): Promise<Sample> {
  const { wall, cpuMicros = 0 } = await whole(act, server);
  return { wall: count / (wall / 1_000), cpuMicros: cpuMicros / count };
}

/** Its share of what it holds together with others: the buffers of a database are not counted once a process. */
function megabytesOf(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1]) / 1_024;
}
