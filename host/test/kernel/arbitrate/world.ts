import type { ClaimRequest, Policy, World } from '../../../src/kernel/arbitrate/index.ts';
import type { Claim, Mode, NameClaim, RegionClaim } from '../../../src/kernel/claims/index.ts';
import type { Lease, Waiter } from '../../../src/kernel/leases/index.ts';

export const gib = 2 ** 30;

export const region = (patterns: readonly string[], mode: Mode = 'exclusive'): RegionClaim => ({
  kind: 'region',
  tree: '/tree',
  patterns,
  mode,
});
export const lane = (name: string, mode: Mode = 'exclusive'): NameClaim => ({
  kind: 'name',
  name: `lane:${name}`,
  mode,
});
export const named = (name: string, mode: Mode = 'exclusive'): NameClaim => ({
  kind: 'name',
  name: `name:${name}`,
  mode,
});
export const amount = (resource: string, of: number): Claim => ({
  kind: 'quantity',
  resource,
  amount: of,
});

/** A lease of `holder`, granted as the `token`th. */
export function lease(
  token: number,
  holder: string,
  claims: readonly Claim[],
  more: Partial<Lease> = {},
): Lease {
  return {
    id: `lse_${token}`,
    holder: { name: holder, process: null },
    claims,
    token,
    bootId: 'boot',
    acquiredMs: token,
    renewedMs: token,
    termMs: 60_000,
    expiresMs: token + 60_000,
    acquiredAt: '2026-01-01T00:00:00.000Z',
    purpose: null,
    parent: null,
    runId: null,
    secretHash: 'a'.repeat(64),
    attributedPid: null,
    halt: null,
    ...more,
  };
}

export function waiter(
  ticket: number,
  holder: string,
  alternatives: readonly (readonly Claim[])[],
  more: Partial<Waiter> = {},
): Waiter {
  return {
    ticket,
    holder: { name: holder, process: null },
    runId: null,
    alternatives,
    purpose: null,
    bootId: 'boot',
    sinceMs: 0,
    untilMs: 1_000_000,
    ...more,
  };
}

export function request(
  alternatives: readonly (readonly Claim[])[],
  more: Partial<ClaimRequest> = {},
): ClaimRequest {
  return { holder: 'me', runId: null, alternatives, ticket: null, ...more };
}

export const counted = (most: number) => ({ total: most, budget: most, used: 0, usedBy: null });

export const policy: Policy = {
  lanes: {
    backend: { isExclusive: true, paths: ['services/api/**'], class: 'heavy' },
    ui: { paths: ['services/ui/**'], class: 'heavy' },
    docs: { paths: ['docs/**'] },
    release: { isAlone: true },
  },
  toleratesOverlap: false,
  agingMs: 30_000,
  tree: '/tree',
};

export function world(live: readonly Lease[] = [], more: Partial<World> = {}): World {
  return {
    live,
    waiters: [],
    capacity: {
      ram: { total: 16 * gib, budget: 14 * gib, used: 0, usedBy: {} },
      'gpu:0/vram': { total: 8 * gib, budget: 7 * gib, used: 0, usedBy: {} },
      'gpu:1/vram': { total: 24 * gib, budget: 22 * gib, used: 0, usedBy: {} },
      'license:matlab': counted(3),
      'class:heavy': counted(2),
    },
    ...more,
  };
}
