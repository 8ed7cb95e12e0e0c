import { arbitrate, type ClaimRequest } from '../../../host/src/kernel/arbitrate/index.ts';
import { claimsOf, leaseOf, policy } from '../../leases/world.ts';
import { cpuRatio } from '../cpu-ratio.ts';

/** A decision beside 1,000 live leases, beside sixteen of them written as JSON and read again. */
export async function decision(): Promise<number> {
  const live = Array.from({ length: 1_000 }, (_, n) => leaseOf(n, claimsOf(n)));
  const world = { live, waiters: [], capacity: {} };
  const request: ClaimRequest = {
    holder: 'asker',
    runId: null,
    alternatives: [
      [
        {
          kind: 'region',
          tree: '/work',
          patterns: ['packages/free/**', 'docs/free.md'],
          mode: 'exclusive',
        },
      ],
    ],
    ticket: null,
  };
  const some = live.slice(0, 16);
  return cpuRatio(
    {
      act: () => {
        const { kind } = arbitrate(request, world, policy, 1_000_000);
        if (kind !== 'granted') throw new Error(`it is free, and the answer is ${kind}`);
      },
      count: 2_000,
    },
    { act: () => JSON.parse(JSON.stringify(some)) as unknown, count: 2_000 },
  );
}
