import { join } from 'node:path';
import { Ledger } from '../../../host/src/leases/index.ts';
import type { Figure } from '../../queue/figure.ts';
import { cpuOf, inTurn, middle, oneByOne, ratioOf } from '../../queue/sides.ts';
import { openBareLedger } from '../../floors/commit.ts';
import { fillLedger } from '../fill.ts';
import type { Size } from '../size.ts';
import { claimsOf, policy } from '../world.ts';

/** A reservation and its release, both synced, against two bare synced commits; with a young and an old log. */
export async function oneProcess(folder: string, { rounds }: Size): Promise<Figure[]> {
  const bare = openBareLedger(join(folder, 'bare.db'));
  const ledgers = [1_000, 100_000].map((events) => {
    const path = join(folder, `${events}.db`);
    fillLedger(path, events);
    return { events, ledger: Ledger.open(path, { compactAfter: 0 }) };
  });
  const pair = (ledger: Ledger): void => {
    const answer = ledger.acquire({
      holder: 'agent',
      termMs: 600_000,
      alternatives: [claimsOf(1)],
      policy,
      capacity: {},
    });
    if (answer.kind !== 'granted') throw new Error(`${answer.code}: ${answer.reason}`);
    ledger.release(answer.lease.id, { secret: answer.secret });
  };
  const each = (act: () => void) => () => oneByOne(200, async () => act());
  const [young, old] = ledgers.map(({ ledger }) => each(() => pair(ledger)));
  if (young === undefined || old === undefined) throw new Error('there are two');
  const sides = await inTurn(rounds, {
    bare: each(() => {
      bare.commit();
      bare.commit();
    }),
    young,
    old,
  });
  bare.close();
  for (const { ledger } of ledgers) ledger.close();
  const line = (what: string, side: 'young' | 'old', floor: 'bare' | 'young'): Figure => ({
    what,
    unit: 'µs',
    floor: middle(sides[floor]),
    measured: middle(sides[side]),
    ratio: ratioOf(sides[side], sides[floor]),
    ...(floor === 'bare' && { budget: { of: 'ratio', atMost: 1.3 } }),
    details: { 'processor time': cpuOf(sides[side]), 'of the floor': cpuOf(sides[floor]) },
  });
  return [
    line('acquire and release, 1,000 events; two bare synced commits', 'young', 'bare'),
    line('acquire and release, 100,000 events; two bare synced commits', 'old', 'bare'),
    line('acquire and release, 100,000 events; the same with 1,000', 'old', 'young'),
  ];
}
