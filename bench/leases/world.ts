import type { Policy } from '../../host/src/kernel/arbitrate/index.ts';
import type { Claim } from '../../host/src/kernel/claims/claim.ts';
import type { Lease } from '../../host/src/kernel/leases/lease.ts';

export const policy: Policy = { lanes: {}, toleratesOverlap: false, agingMs: 30_000 };

/** The claims of the n-th agent of a large repository: two regions of its own, and every other time a name. */
export function claimsOf(n: number): Claim[] {
  const region: Claim = {
    kind: 'region',
    tree: '/work',
    patterns: [`packages/p${n}/**`, `docs/*/p${n}.md`],
    mode: 'exclusive',
  };
  const name: Claim = { kind: 'name', name: `name:n${n}`, mode: 'exclusive' };
  return n % 2 === 0 ? [region] : [region, name];
}

export const leaseOf = (n: number): Lease => ({
  id: `lse_${n}`,
  holder: { name: `agent ${n}`, process: null },
  claims: claimsOf(n),
  token: n + 1,
  bootId: 'boot',
  acquiredMs: n,
  renewedMs: n,
  termMs: 1_800_000,
  expiresMs: n + 1_800_000,
  acquiredAt: '2026-01-01T00:00:00.000Z',
  purpose: null,
  parent: null,
  runId: null,
  secretHash: '',
  attributedPid: null,
  halt: null,
});
