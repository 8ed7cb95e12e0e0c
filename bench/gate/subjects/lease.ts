import { join } from 'node:path';
import { Ledger } from '../../../host/src/leases/index.ts';
import { openBareLedger } from '../../floors/commit.ts';
import { claimsOf, policy } from '../../leases/world.ts';
import { cpuRatio } from '../cpu-ratio.ts';
import type { Place } from '../place.ts';

const count = 150;

/** A reservation and its release beside two bare commits. */
export async function lease({ folder }: Place): Promise<number> {
  const bare = openBareLedger(join(folder, 'bare.db'));
  const ledger = openLedger(join(folder, 'ledger'), 1_000);
  try {
    return await cpuRatio(
      { act: () => pair(ledger), count },
      {
        act: () => {
          bare.commit();
          bare.commit();
        },
        count,
      },
    );
  } finally {
    ledger.close();
    bare.close();
  }
}

/** The same where ten times as much has happened before. */
export async function leaseGrowth({ folder }: Place): Promise<number> {
  const young = openLedger(join(folder, 'young'), 1_000);
  const old = openLedger(join(folder, 'old'), 10_000);
  try {
    return await cpuRatio({ act: () => pair(old), count }, { act: () => pair(young), count });
  } finally {
    young.close();
    old.close();
  }
}

function pair(ledger: Ledger): void {
  acquireAndRelease(ledger, { holder: 'agent', termMs: 600_000, alternatives: [claimsOf(1)] });
}

/** A ledger in which so many events have happened, and nothing is held. */
function openLedger(folder: string, events: number): Ledger {
  const ledger = Ledger.open(join(folder, 'leases.db'), { compactAfter: 0 });
  for (let n = 0; ledger.state().seq < events; n++) {
    for (let inner = 0; inner < 100; inner++) {
      // Bound to this process, and so not synced: that takes a second instead of a minute.
      acquireAndRelease(ledger, {
        holder: `agent ${n}`,
        pid: process.pid,
        alternatives: [[{ kind: 'name', name: `name:fill-${inner}`, mode: 'exclusive' }]],
      });
    }
  }
  return ledger;
}

function acquireAndRelease(
  ledger: Ledger,
  request: Omit<Parameters<Ledger['acquire']>[0], 'policy' | 'capacity'>,
): void {
  const answer = ledger.acquire({ ...request, policy, capacity: {} });
  if (answer.kind !== 'granted') throw new Error(`${answer.code}: ${answer.reason}`);
  ledger.release(answer.lease.id, { secret: answer.secret });
}
