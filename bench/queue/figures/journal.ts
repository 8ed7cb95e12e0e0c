import { join } from 'node:path';
import { systemClock } from '../../../host/src/clock.ts';
import { workspacePaths } from '../../../host/src/paths.ts';
import { type EventSpec, StateStore } from '../../../host/src/stores/index.ts';
import type { Figure } from '../figure.ts';
import { openFloor } from '../../floors/open.ts';
import { cpuOf, inTurn, middle, oneByOne, ratioOf, type Sample } from '../sides.ts';
import type { Size } from '../size.ts';

const perRequest = 1_000;
const jobs = 5_000;

/** Appending to a journal of so many rows, and looking things up in it; the floor is one fsync. */
export async function journal(folder: string, { journalRows, rounds }: Size): Promise<Figure[]> {
  const paths = workspacePaths(join(folder, 'journal'));
  const store = await StateStore.open({ paths, clock: systemClock });
  const floor = await openFloor(folder);
  const figures: Figure[] = [];
  for (const rows of journalRows) {
    // oxlint-disable-next-line no-await-in-loop -- the same journal, grown
    const rowsPerSecond = await growTo(store, rows);
    const { reader } = store;
    const here = Math.floor(reader.lastSeq() / 2);
    const each = (act: () => unknown) => () => oneByOne(50, async () => act());
    // oxlint-disable-next-line no-await-in-loop
    const sides = await inTurn(rounds, {
      floor: each(floor.fsync),
      append: () => oneByOne(50, () => store.append([event(0)])),
      page: each(() => reader.journal({ afterSeq: here, limit: 100 })),
      newest: each(() => reader.journal({ newestFirst: true, limit: 100 })),
      ofJob: each(() => reader.journal({ jobId: jobOf(7), limit: 100 })),
    });
    const suffix = `, ${rows.toLocaleString('en')} rows`;
    const line = (what: string, samples: Sample[]): Figure => ({
      what: what + suffix,
      unit: 'µs',
      measured: middle(samples),
      details: { 'processor time': cpuOf(samples) },
    });
    figures.push(
      {
        ...line('journal: append one row', sides.append),
        floor: middle(sides.floor),
        ratio: ratioOf(sides.append, sides.floor),
        details: {
          'processor time': cpuOf(sides.append),
          'in groups of 1,000': `${rowsPerSecond.toFixed(0)} rows a second`,
        },
      },
      line('journal: 100 rows from a cursor', sides.page),
      line('journal: newest 100 rows', sides.newest),
      line('journal: 100 rows of one job', sides.ofJob),
    );
  }
  await floor.close();
  await store.close();
  return figures;
}

async function growTo(store: StateStore, rows: number): Promise<number> {
  const before = store.reader.lastSeq();
  const start = performance.now();
  for (let n = before; n < rows; n += perRequest) {
    const count = Math.min(perRequest, rows - n);
    // oxlint-disable-next-line no-await-in-loop -- so that memory does not hold them all
    await store.append(Array.from({ length: count }, (_, i) => event(n + i)));
  }
  return (rows - before) / ((performance.now() - start) / 1_000);
}

const jobOf = (n: number): string => `job_${String(n % jobs).padStart(18, '0')}`;

const event = (n: number): EventSpec => ({
  eventType: 'task_account',
  workerReported: true,
  jobId: jobOf(n),
  capability: 'node',
  session: 'wrk_000000000000000000',
  payload: { type: 'usage', payload: { tokens: n, model: 'a-model-of-some-name' } },
});
