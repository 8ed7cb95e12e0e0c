import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { startWorker } from '../../../host/src/workers/index.ts';
import type { Figure } from '../../queue/figure.ts';
import { residentMegabytes } from '../../workers.ts';
import type { Bench } from '../bench.ts';
import { call } from '../calls.ts';

const count = 8;

/** Eight Python workers that have done a call each and wait for the next. */
export async function idle({ subjects, reference }: Bench): Promise<Figure[]> {
  const spec = subjects.specOf('python-tool');
  const workers = await Promise.all(Array.from({ length: count }, () => startWorker(spec)));
  for (const worker of workers) {
    // oxlint-disable-next-line no-await-in-loop -- as instances are loaded
    await worker.request('POST', '/initialize', {});
    // oxlint-disable-next-line no-await-in-loop
    await call(worker, 'echo', { text: 'x' });
  }
  await pause(1_000);
  const sum = (of: (pid: number) => number): number =>
    workers.reduce((total, { pid }) => total + of(pid), 0);
  const own = { rss: sum(residentMegabytes), pss: sum(shareMegabytes) };
  await Promise.all(workers.map((worker) => worker.stop()));
  const other = await reference?.ask<{ rss: number; pss: number }>({ do: 'idle', count });
  return (['rss', 'pss'] as const).map((measure) => ({
    what: `${count} idle Python workers, ${measure.toUpperCase()}`,
    unit: 'MB',
    measured: own[measure],
    ...(other === undefined ? {} : { floor: other[measure] }),
    budget: { of: 'measured', atMost: 120 },
  }));
}

/** What it adds to the memory of the machine: pages that it shares count by their share. */
function shareMegabytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1]) / 1024;
}
