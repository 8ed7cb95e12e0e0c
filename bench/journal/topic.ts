import { join } from 'node:path';
import { systemClock } from '../../host/src/clock.ts';
import { workspacePaths } from '../../host/src/paths.ts';
import { StateStore } from '../../host/src/stores/index.ts';
import { type BareLedger, openBareLedger } from '../floors/commit.ts';
import type { Bench } from '../measure/bench.ts';
import type { Figure, Measure, Unit } from '../measure/figure.ts';
import { inTurn, oneByOne } from '../measure/sides.ts';
import { event, growTo, jobOf } from './rows.ts';

const times = 50;

/** Appending to a journal that holds so many rows already, and looking things up in it. */
export async function journal(bench: Bench): Promise<Figure[]> {
  const { folder, size } = bench;
  const store = await StateStore.open({
    paths: workspacePaths(join(folder, 'journal')),
    clock: systemClock,
  });
  const ledger = openBareLedger(join(folder, 'bare.db'));
  const figures: Figure[] = [];
  try {
    let tenth: number | null = null;
    for (const rows of size.name === 'full' ? [10_000, 100_000, 1_000_000] : [1_000, 10_000]) {
      bench.say(`growing the journal to ${rows.toLocaleString('en')} rows …`);
      // oxlint-disable-next-line no-await-in-loop -- the same journal, grown
      figures.push(...(await atSize(rows, tenth, bench, store, ledger)));
      tenth = rows;
    }
    return figures;
  } finally {
    ledger.close();
    await store.close();
  }
}

async function atSize(
  rows: number,
  tenth: number | null,
  { size, systems }: Bench,
  store: StateStore,
  ledger: BareLedger,
): Promise<Figure[]> {
  const groups = await growTo(store, rows);
  const { reader } = store;
  const middle = Math.floor(reader.lastSeq() / 2);
  const each = (act: () => unknown) => () => oneByOne(times, async () => act());
  // A journal is the same in both set-ups of cjm-substrate.
  const appending = await systems.sides('journalAppend', rows);
  const appended = await inTurn(
    {
      floor: each(ledger.commit),
      capstan: each(() => store.append([event(0)])),
      'cjm-substrate': appending['cjm-substrate'],
    },
    size,
  );
  const querying = await systems.sides('journalQuery', rows);
  const { capstan, page, ofJob, ...theirs } = await inTurn(
    {
      capstan: each(() => reader.journal({ newestFirst: true, limit: 100 })),
      'cjm-substrate': querying['cjm-substrate'],
      page: each(() => reader.journal({ afterSeq: middle, limit: 100 })),
      ofJob: each(() => reader.journal({ jobId: jobOf(7), limit: 100 })),
    },
    size,
  );
  const figure = (id: string, what: string, unit: Unit, sides: Figure['sides']): Figure => ({
    id: `journal.${id}.${rows}`,
    what: `${what}, ${rows.toLocaleString('en')} rows`,
    unit,
    sides,
    ...(tenth !== null && { tenfold: `journal.${id}.${tenth}` }),
  });
  return [
    {
      ...figure('append', 'append one row', 'µs', present(withNote(appended))),
      floor: 'one SQLite commit of a row, fsynced',
    },
    figure('append-many', 'append, in groups of 1,000', 'a second', { capstan: groups }),
    figure('newest', 'newest 100 rows', 'µs', present({ capstan, ...theirs })),
    figure('from-cursor', '100 rows from a cursor in the middle', 'µs', { capstan: page }),
    figure('of-job', '100 rows of one job', 'µs', { capstan: ofJob }),
  ];
}

type Sides = { readonly [side: string]: Measure | undefined };

/** The one that is not synced is not told without saying so. */
const withNote = (sides: Sides): Sides => {
  const name = 'cjm-substrate';
  const theirs = sides[name];
  return theirs === undefined
    ? sides
    : { ...sides, [name]: { ...theirs, note: 'written without an fsync' } };
};

/** A side that is not there is not told as one that has measured nothing. */
const present = (sides: Sides): Figure['sides'] =>
  Object.fromEntries(Object.entries(sides).filter(([, measure]) => measure !== undefined));
