import type { Policy } from '../../host/src/kernel/arbitrate/index.ts';
import type { Claim } from '../../host/src/kernel/claims/claim.ts';
import type { Lease } from '../../host/src/kernel/leases/lease.ts';

export const policy: Policy = { lanes: {}, toleratesOverlap: false, agingMs: 30_000 };

/** The claims of the n-th agent of a large repository: two regions of its own, and every other time a name. */
export function claimsOf(n: number): Claim[] {
  return withName(n, [`packages/p${n}/**`, `docs/p${n}.md`]);
}

/** The same with a wildcard in a folder that all have in common: there it does not help to go by names. */
export function awkwardClaimsOf(n: number): Claim[] {
  return withName(n, [`packages/p${n}/**`, `docs/*/p${n}.md`]);
}

export const region = (patterns: string[]): Claim => ({
  kind: 'region',
  tree: '/work',
  patterns,
  mode: 'exclusive',
});

function withName(n: number, patterns: string[]): Claim[] {
  const name: Claim = { kind: 'name', name: `name:n${n}`, mode: 'exclusive' };
  return n % 2 === 0 ? [region(patterns)] : [region(patterns), name];
}

export const leaseOf = (n: number, claims = claimsOf(n)): Lease => ({
  id: `lse_${n}`,
  holder: { name: `agent ${n}`, process: null },
  claims,
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
