import { join } from 'node:path';
import { Ledger } from '../../host/src/leases/index.ts';
import { openBareLedger } from '../floors/commit.ts';
import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { inTurn, oneByOne, type Sample } from '../measure/sides.ts';
import { fillLedger } from './fill.ts';
import { claimsOf, policy } from './world.ts';

const pairs = 150;

/** A reservation and its release, both synced, against two bare synced commits; after few and after many events. */
export async function oneProcess({ folder, size, systems, say }: Bench): Promise<Figure[]> {
  const bare = openBareLedger(join(folder, 'bare.db'));
  const figures: Figure[] = [];
  let tenth: string | null = null;
  try {
    for (const entries of size.name === 'full' ? [1_000, 10_000, 100_000] : [1_000, 10_000]) {
      say(`a ledger of ${entries.toLocaleString('en')} events …`);
      const ledger = openFilled(join(folder, `${entries}.db`), entries);
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
      const theirs = await systems.sides('leasePairs', { processes: 1, seconds: 1, entries });
      const kernel = theirs['dos-kernel'];
      // oxlint-disable-next-line no-await-in-loop
      const { floor, capstan, ...beside } = await inTurn(
        {
          floor: each(() => {
            bare.commit();
            bare.commit();
          }),
          capstan: each(() => pair(ledger)),
          ...(kernel !== undefined && { 'dos-kernel': async () => asMicros(await kernel()) }),
        },
        { rounds: size.rounds, secondsEach: Math.min(size.secondsEach, 10) },
      );
      ledger.close();
      const id = `leases.pair.${entries}`;
      figures.push({
        id,
        what: `acquire and release a lease, after ${entries.toLocaleString('en')} events`,
        unit: 'µs',
        floor: 'two bare commits, each fsynced',
        sides: { capstan, floor, ...beside },
        budgets: [{ of: 'ratio', to: 'floor', atMost: 1.3, source: 'architecture 7' }],
        ...(tenth !== null && { tenfold: tenth }),
      });
      tenth = id;
    }
    return figures;
  } finally {
    bare.close();
  }
}

const each = (act: () => void) => () => oneByOne(pairs, async () => act());

const asMicros = (sample: Sample): Sample => ({ ...sample, wall: 1_000_000 / sample.wall });

function openFilled(path: string, events: number): Ledger {
  fillLedger(path, events);
  return Ledger.open(path, { compactAfter: 0 });
}

function pair(ledger: Ledger): void {
  const answer = ledger.acquire({
    holder: 'agent',
    termMs: 600_000,
    alternatives: [claimsOf(1)],
    policy,
    capacity: {},
  });
  if (answer.kind !== 'granted') throw new Error(`${answer.code}: ${answer.reason}`);
  ledger.release(answer.lease.id, { secret: answer.secret });
}
