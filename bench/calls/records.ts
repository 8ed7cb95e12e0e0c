import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@capstan/protocol';
import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { inMillis, inTurn, oneByOne } from '../measure/sides.ts';
import { call, wholeValue } from './call.ts';
import type { Ours } from './ours.ts';

const sizes = [
  { bytes: 100_000, count: 10, word: '100 KB', id: '100KB' },
  { bytes: 1_000_000, count: 2, word: '1 MB', id: '1MB', tenth: '100KB' },
  { bytes: 10_000_000, count: 1, word: '10 MB', id: '10MB', tenth: '1MB' },
] as const;

/** JSON records there and back through a Python worker, as values and by reference. */
export async function records(bench: Bench, ours: Ours): Promise<Figure[]> {
  const { size, systems } = bench;
  const worker = ours.workers.python;
  const pids = () => [worker.pid];
  const figures: Figure[] = [];
  for (const { bytes, count, word, id, ...more } of sizes) {
    bench.say(`records of ${word} …`);
    const given = recordsOf(bytes);
    const thereAndBack = async (): Promise<void> => {
      const value = wholeValue(await call(worker, 'records', { records: given }));
      if (!Array.isArray(value) || value.length !== given.length) throw new Error('records lost');
    };
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
    const sides = await inTurn(
      {
        capstan: async () => inMillis(await oneByOne(count, thereAndBack, pids)),
        // oxlint-disable-next-line no-await-in-loop
        ...(await systems.sides('records', bytes, count)),
      },
      size,
    );
    figures.push({
      id: `calls.records.${id}`,
      what: `${word} of JSON records there and back, Python worker`,
      unit: 'ms',
      sides,
      budgets:
        id === '1MB'
          ? []
          : [{ of: 'ratio', to: 'cjm-substrate', atMost: 1 / 3, source: 'the protocol' }],
      ...('tenth' in more && { tenfold: `calls.records.${more.tenth}` }),
    });
  }
  return [...figures, await byReference(bench, ours)];
}

async function byReference({ size }: Bench, { folder, workers }: Ours): Promise<Figure> {
  const path = join(folder, 'records.json');
  writeFileSync(path, JSON.stringify(recordsOf(10_000_000)));
  const file = { __wire__: 'capstan.file', data: { path } };
  const act = () => call(workers.python, 'records_by_file', { file });
  const { capstan } = await inTurn(
    { capstan: async () => inMillis(await oneByOne(20, act, () => [workers.python.pid])) },
    size,
  );
  return {
    id: 'calls.records.by-reference',
    what: 'the same 10 MB by reference to a file',
    unit: 'ms',
    sides: { capstan },
    budgets: [{ of: 'value', atMost: 10, source: 'the protocol' }],
  };
}

/** What a tool that transcribes or detects might return: records of about 170 bytes, so many bytes in all. */
export function recordsOf(bytes: number): JsonObject[] {
  const found: JsonObject[] = [];
  let size = 2;
  for (let n = 0; size < bytes; n++) {
    const record: JsonObject = {
      id: n,
      start: n * 0.25,
      end: n * 0.25 + 0.2,
      text: `segment number ${n} of a recording that goes on and on, word by word`,
      confidence: 0.5 + (n % 50) / 100,
      tags: ['speech', 'en'],
      speaker: null,
    };
    found.push(record);
    size += JSON.stringify(record).length + 1;
  }
  return found;
}
