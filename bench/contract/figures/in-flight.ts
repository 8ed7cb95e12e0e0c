import { startWorker } from '../../../host/src/workers/index.ts';
import { median } from '../../measure/stats.ts';
import type { Figure } from '../../queue/figure.ts';
import { cpuMicrosOf } from '../../measure/processor-time.ts';
import { cpuOf, inFlight as measureInFlight, type Sample, spreadOf } from '../../queue/sides.ts';
import type { Bench } from '../bench.ts';
import { call } from '../calls.ts';

const width = 64;
const text = 'x'.repeat(89);

/** So many calls of 100 bytes at once to one worker. */
export async function inFlight({ subjects, reference, rounds }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, what, count, atLeast] of [
    ['node-tool', 'Node', 10_000, 5_000],
    ['python-tool', 'Python', 4_000, 1_500],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
    const worker = await startWorker(subjects.specOf(name));
    // oxlint-disable-next-line no-await-in-loop
    await worker.request('POST', '/initialize', {});
    const samples: Sample[] = [];
    const theirs: number[] = [];
    let workerMicros = 0;
    for (let round = -1; round < rounds; round++) {
      const before = cpuMicrosOf(worker.pid);
      // oxlint-disable-next-line no-await-in-loop
      const sample = await measureInFlight(count, width, () => call(worker, 'echo', { text }));
      workerMicros = (cpuMicrosOf(worker.pid) - before) / count;
      if (round >= 0) samples.push(sample);
      if (name === 'python-tool' && reference !== undefined) {
        // oxlint-disable-next-line no-await-in-loop
        const other = await reference.ask<{ perSecond: number }>({
          do: 'in_flight',
          count: 1_000,
          width,
        });
        if (round >= 0) theirs.push(other.perSecond);
      }
    }
    // oxlint-disable-next-line no-await-in-loop
    await worker.stop();
    figures.push({
      what: `${width} calls of 100 B in flight, ${what} worker`,
      unit: 'a second',
      measured: median(samples.map(({ wall }) => wall)),
      ...(theirs.length === 0 ? {} : { floor: median(theirs) }),
      budget: { of: 'measured', atLeast },
      details: {
        spread: spreadOf(samples),
        'processor time of the host': cpuOf(samples),
        'of the worker': `${workerMicros.toFixed(0)} µs each`,
      },
    });
  }
  return figures;
}
