import { arbitrate, type ClaimRequest } from '../../../host/src/kernel/arbitrate/index.ts';
import type { Claim } from '../../../host/src/kernel/claims/claim.ts';
import type { Figure } from '../../queue/figure.ts';
import { median } from '../../measure/stats.ts';
import { awkwardClaimsOf, claimsOf, leaseOf, policy } from '../world.ts';

const decisions = 3_000;

/** May this holder have this, beside so many leases of regions, names and lanes that are all in somebody's way? */
export async function decision(): Promise<Figure[]> {
  const awkward = ', each with a wildcard in one folder';
  const worlds: [count: number, what: string, claims: typeof claimsOf, atMost?: number][] = [
    [1_000, '', claimsOf, 100],
    [100, '', claimsOf, 20],
    [1_000, awkward, awkwardClaimsOf],
    [100, awkward, awkwardClaimsOf],
  ];
  return worlds.map(([count, how, claims, atMost]) => {
    const live = Array.from({ length: count }, (_, n) => leaseOf(n, claims(n)));
    const world = { live, waiters: [], capacity: {} };
    const free: Claim = {
      kind: 'region',
      tree: '/work',
      patterns: ['packages/free/**', 'docs/free.md'],
      mode: 'exclusive',
    };
    const requests: ClaimRequest[] = Array.from({ length: 16 }, (_, n) => ({
      holder: `asker ${n}`,
      runId: null,
      alternatives: [[free, { kind: 'name', name: `name:free-${n}`, mode: 'exclusive' }]],
      ticket: null,
    }));
    const times: number[] = [];
    for (let n = 0; n < decisions; n++) {
      const request = requests[n % requests.length] as ClaimRequest;
      const start = performance.now();
      const { kind } = arbitrate(request, world, policy, 1_000_000 + n);
      times.push((performance.now() - start) * 1_000);
      if (kind !== 'granted') throw new Error(`it is free, and the answer is ${kind}`);
    }
    const settled = times.slice(decisions / 3);
    return {
      what: `a decision beside ${count.toLocaleString('en')} live leases${how}`,
      unit: 'µs',
      measured: median(settled),
      ...(atMost !== undefined && { budget: { of: 'measured', atMost } }),
      details: { longest: `${Math.max(...settled).toFixed(0)} µs` },
    };
  });
}
