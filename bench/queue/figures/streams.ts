import { join } from 'node:path';
import { median } from '../../measure/stats.ts';
import type { Figure } from '../figure.ts';
import { cpuMicrosOf } from '../../measure/processor-time.ts';
import type { Size } from '../size.ts';
import { openWholeHost, type WholeHost } from '../../hosts/whole-host.ts';
import { makeWorkspace } from '../../hosts/workspace.ts';

const sizes = [
  { characters: 100, count: 20_000, atLeast: 20_000, word: '100 B' },
  { characters: 10_000, count: 5_000, atLeast: 15_000, word: '10 KB' },
  { characters: 1_000_000, count: 100, atLeast: 300, word: '1 MB' },
] as const;

/** Values of a stream from the tool's `yield` to the loop's body, and the first of them from the request on. */
export async function streams(folder: string, { rounds }: Size): Promise<Figure[]> {
  const workspace = join(folder, 'workspace');
  await makeWorkspace(workspace);
  const whole = await openWholeHost(workspace);
  const figures: Figure[] = [];
  for (const capability of ['node', 'python']) {
    const firsts: number[] = [];
    for (const { characters, count, atLeast, word } of sizes) {
      const found: Round[] = [];
      // oxlint-disable-next-line no-await-in-loop -- the first only starts the worker
      await stream(whole, capability, { count: 1, characters });
      for (let round = 0; round < rounds; round++) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
        found.push(await stream(whole, capability, { count, characters }));
      }
      if (characters === 100) firsts.push(...found.map(({ firstMs }) => firstMs));
      figures.push({
        what: `values of ${word}, ${capability} worker`,
        unit: 'a second',
        measured: median(found.map(({ perSecond }) => perSecond)),
        budget: { of: 'measured', atLeast },
        details: {
          'processor time of the host': `${median(found.map((one) => one.hostMicros)).toFixed(1)} µs each`,
          'of the worker': `${median(found.map((one) => one.workerMicros)).toFixed(1)} µs each`,
        },
      });
    }
    figures.push({
      what: `the first value, ${capability} worker, warm`,
      unit: 'ms',
      measured: median(firsts),
      budget: { of: 'measured', atMost: 3 },
    });
  }
  await whole.close();
  return figures;
}

interface Round {
  perSecond: number;
  firstMs: number;
  hostMicros: number;
  workerMicros: number;
}

async function stream(
  whole: WholeHost,
  capability: string,
  input: { count: number; characters: number },
): Promise<Round> {
  const known = whole.host.stats().instances.find((one) => one.capability === capability);
  const pid = known?.pid ?? process.pid;
  const before = { host: process.cpuUsage(), worker: cpuMicrosOf(pid) };
  const start = performance.now();
  let firstMs = 0;
  let seen = 0;
  for await (const _ of whole.host.stream({ capability, action: 'chunks', input })) {
    if (seen === 0) firstMs = performance.now() - start;
    seen += 1;
  }
  const tookMs = performance.now() - start;
  if (seen !== input.count) throw new Error(`${seen} of ${input.count} values came`);
  const { user, system } = process.cpuUsage(before.host);
  return {
    perSecond: seen / (tookMs / 1_000),
    firstMs,
    hostMicros: (user + system) / seen,
    workerMicros: (cpuMicrosOf(pid) - before.worker) / seen,
  };
}
