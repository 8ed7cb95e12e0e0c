import { join } from 'node:path';
import { openBareLedger } from '../../floors/commit.ts';
import { openFloor } from '../../floors/open.ts';
import { openBareQueue } from '../../hosts/bare-queue.ts';
import { cpuRatio } from '../cpu-ratio.ts';
import type { Place } from '../place.ts';

const count = 150;

/** A durable job whose executor is a round trip, beside that round trip and one commit. */
export async function job({ folder }: Place): Promise<number> {
  const floor = await openFloor(folder);
  const commits = openBareLedger(join(folder, 'bare.db'));
  const queue = await openBareQueue(join(folder, 'queue'), async () => {
    await floor.roundTrip();
    return null;
  });
  try {
    return await cpuRatio(
      { act: queue.runOne, count },
      {
        act: async () => {
          await floor.roundTrip();
          commits.commit();
        },
        count,
      },
    );
  } finally {
    await queue.close();
    commits.close();
    await floor.close();
  }
}
