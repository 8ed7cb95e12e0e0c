import type { Json, JsonObject } from '@capstan/protocol';
import { type LiveWorker, startWorker } from '../../../host/src/workers/index.ts';
import { median } from '../../stats.ts';
import type { Figure } from '../../queue/figure.ts';
import { cpuMicrosOf } from '../../queue/processes.ts';
import type { Bench } from '../bench.ts';
import { newCallId } from '../calls.ts';

const sizes = [
  { size: 100, count: 20_000, atLeast: 20_000, word: '100 B' },
  { size: 10_000, count: 8_000, atLeast: 15_000, word: '10 KB' },
  { size: 1_000_000, count: 200, atLeast: 300, word: '1 MB' },
] as const;

interface Round {
  perSecond: number;
  firstMs: number;
}

/** Chunks of a stream as the host's client hands them on, from both kinds of worker. */
export async function streams({ subjects, reference, rounds }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of ['node-tool', 'python-tool'] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
    const worker = await startWorker(subjects.specOf(name));
    // oxlint-disable-next-line no-await-in-loop
    await worker.request('POST', '/initialize', {});
    const firsts: number[] = [];
    for (const { size, count, atLeast, word } of sizes) {
      const mine: Round[] = [];
      const theirs: Round[] = [];
      let hostMicros = 0;
      let workerMicros = 0;
      for (let round = -1; round < rounds; round++) {
        const before = { host: process.cpuUsage(), worker: cpuMicrosOf(worker.pid) };
        // oxlint-disable-next-line no-await-in-loop
        const found = await stream(worker, { count, size });
        const { user, system } = process.cpuUsage(before.host);
        hostMicros = (user + system) / count;
        workerMicros = (cpuMicrosOf(worker.pid) - before.worker) / count;
        if (round >= 0) mine.push(found);
        if (name !== 'python-tool' || reference === undefined) continue;
        // oxlint-disable-next-line no-await-in-loop
        theirs.push(await reference.ask<Round>({ do: 'stream', count: count / 4, size }));
      }
      firsts.push(...mine.map(({ firstMs }) => firstMs));
      figures.push({
        what: `chunks of ${word}, ${name === 'node-tool' ? 'Node' : 'Python'} worker`,
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
    figures.push({
      what: `first chunk, ${name === 'node-tool' ? 'Node' : 'Python'} worker`,
      unit: 'ms',
      measured: median(firsts),
      budget: { of: 'measured', atMost: 3 },
    });
    // oxlint-disable-next-line no-await-in-loop
    await worker.stop();
  }
  return figures;
}

async function stream(worker: LiveWorker, kwargs: JsonObject): Promise<Round> {
  const { count } = kwargs;
  const start = performance.now();
  let firstMs = 0;
  let seen = 0;
  const onChunk = (_: Json): void => {
    seen += 1;
    if (seen === 1) firstMs = performance.now() - start;
  };
  const outcome = await worker.call({
    callId: newCallId(),
    target: { action: 'chunks' },
    kwargs,
    stream: true,
    onChunk,
  });
  if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome.error));
  if (seen !== count) throw new Error(`${seen} of ${String(count)} chunks came`);
  return { perSecond: seen / ((performance.now() - start) / 1_000), firstMs };
}
