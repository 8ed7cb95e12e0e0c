import type { JsonObject } from '@capstan/protocol';
import type { Host } from '../../../host/src/index.ts';
import { median } from '../../measure/stats.ts';
import type { Figure } from '../../queue/figure.ts';
import { cpuMicrosOf } from '../../measure/processor-time.ts';
import type { Bench } from '../bench.ts';
import { openBenchHost, pidOf } from '../whole-host.ts';

const sizes = [
  { size: 100, count: 20_000, atLeast: 20_000, word: '100 B' },
  { size: 10_000, count: 8_000, atLeast: 15_000, word: '10 KB' },
  { size: 1_000_000, count: 200, atLeast: 300, word: '1 MB' },
] as const;

interface Round {
  perSecond: number;
  firstMs: number;
}

/** Chunks of a stream as `host.stream` hands them to a program, each stream a job like any other. */
export async function streams({ subjects, reference, rounds }: Bench): Promise<Figure[]> {
  const host = await openBenchHost(subjects.folder);
  const figures: Figure[] = [];
  try {
    for (const capability of ['node-tool', 'python-tool'] as const) {
      const language = capability === 'node-tool' ? 'Node' : 'Python';
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
      await stream(host, capability, { count: 10, size: 10 });
      const pid = pidOf(host, capability);
      for (const { size, count, atLeast, word } of sizes) {
        const mine: Round[] = [];
        const theirs: Round[] = [];
        let hostMicros = 0;
        let workerMicros = 0;
        for (let round = -1; round < rounds; round++) {
          const before = { host: process.cpuUsage(), worker: cpuMicrosOf(pid) };
          // oxlint-disable-next-line no-await-in-loop
          const found = await stream(host, capability, { count, size });
          const { user, system } = process.cpuUsage(before.host);
          hostMicros = (user + system) / count;
          workerMicros = (cpuMicrosOf(pid) - before.worker) / count;
          if (round >= 0) mine.push(found);
          if (capability !== 'python-tool' || reference === undefined) continue;
          // oxlint-disable-next-line no-await-in-loop
          theirs.push(await reference.ask<Round>({ do: 'stream', count: count / 4, size }));
        }
        figures.push({
          what: `chunks of ${word} through the host, ${language} worker`,
          unit: 'a second',
          measured: median(mine.map(({ perSecond }) => perSecond)),
          ...(theirs.length === 0 ? {} : { floor: median(theirs.map((each) => each.perSecond)) }),
          budget: { of: 'measured', atLeast },
          details: {
            'processor time of the host': `${hostMicros.toFixed(1)} µs each`,
            'of the worker': `${workerMicros.toFixed(1)} µs each`,
          },
        });
      }
      const firsts: number[] = [];
      for (let n = 0; n < rounds * 10; n++) {
        // oxlint-disable-next-line no-await-in-loop
        firsts.push((await stream(host, capability, { count: 1, size: 100 })).firstMs);
      }
      figures.push({
        what: `first chunk, from the request to the program, ${language} worker`,
        unit: 'ms',
        measured: median(firsts),
        budget: { of: 'measured', atMost: 3 },
        details: { fastest: `${Math.min(...firsts).toFixed(1)} ms` },
      });
    }
  } finally {
    await host.close();
  }
  return figures;
}

async function stream(
  host: Host,
  capability: string,
  input: JsonObject & { count: number },
): Promise<Round> {
  const start = performance.now();
  let firstMs = 0;
  let seen = 0;
  for await (const _ of host.stream({ capability, action: 'chunks', input })) {
    seen += 1;
    if (seen === 1) firstMs = performance.now() - start;
  }
  if (seen !== input.count) throw new Error(`${seen} of ${input.count} chunks came`);
  return { perSecond: seen / ((performance.now() - start) / 1_000), firstMs };
}
