import { join } from 'node:path';
import { systemClock } from '../../../host/src/clock.ts';
import { workspacePaths } from '../../../host/src/paths.ts';
import { StateStore } from '../../../host/src/stores/index.ts';
import { openBareLedger } from '../../floors/commit.ts';
import { append as appendRows, event, jobOf } from '../../journal/rows.ts';
import { cpuRatio } from '../cpu-ratio.ts';
import type { Place } from '../place.ts';

const count = 150;
/** Of each there are a hundred rows where there are the fewest rows. */
const jobs = 40;

/** One row appended and synced beside one bare commit. */
export async function append({ folder }: Place): Promise<number> {
  const bare = openBareLedger(join(folder, 'bare.db'));
  const store = await openJournal(join(folder, 'journal'), 1_000);
  try {
    return await cpuRatio(
      { act: () => store.append([event(0, jobs)]), count },
      { act: bare.commit, count },
    );
  } finally {
    await store.close();
    bare.close();
  }
}

export const appendGrowth = growth((store) => store.append([event(0, jobs)]), count);

/** The newest rows, a page from the middle, and those of one job. */
export const queryGrowth = growth(({ reader }) => {
  reader.journal({ newestFirst: true, limit: 100 });
  reader.journal({ afterSeq: 2_000, limit: 100 });
  reader.journal({ jobId: jobOf(7, jobs), limit: 100 });
}, 50);

/** The same with ten times as many rows beside it with one. */
function growth(act: (store: StateStore) => unknown, each: number) {
  return async ({ folder }: Place): Promise<number> => {
    const small = await openJournal(join(folder, 'small'), 4_000);
    const large = await openJournal(join(folder, 'large'), 40_000);
    try {
      return await cpuRatio(
        { act: () => act(large), count: each },
        { act: () => act(small), count: each },
      );
    } finally {
      await large.close();
      await small.close();
    }
  };
}

async function openJournal(folder: string, rows: number): Promise<StateStore> {
  const store = await StateStore.open({ paths: workspacePaths(folder), clock: systemClock });
  await appendRows(store, 0, rows, jobs);
  return store;
}
