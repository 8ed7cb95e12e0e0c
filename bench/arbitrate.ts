/**
 * How long one decision takes against 10 to 1,000 live leases, for requests of every kind: `node bench/arbitrate.ts`.
 * Prints the median and the 95th percentile in microseconds, beside that of a plain loop over the same leases that
 * compares their names, as a yardstick that the machine's mood moves alike.
 */
import { arbitrate } from '../host/src/kernel/arbitrate/index.ts';
import type { ClaimRequest, Policy, World } from '../host/src/kernel/arbitrate/index.ts';
import type { Claim } from '../host/src/kernel/claims/index.ts';
import type { Lease } from '../host/src/kernel/leases/index.ts';

const gib = 2 ** 30;
const nowMs = 10_000_000;
const policy: Policy = {
  lanes: {
    backend: { isExclusive: true, paths: ['services/backend/**'], class: 'heavy' },
    ui: { paths: ['services/ui/**'], class: 'heavy' },
  },
  toleratesOverlap: false,
  agingMs: 30_000,
  tree: '/work/tree',
};

const region = (patterns: string[]): Claim => ({
  kind: 'region',
  tree: '/work/tree',
  patterns,
  mode: 'exclusive',
});
const name = (text: string): Claim => ({ kind: 'name', name: `name:${text}`, mode: 'exclusive' });
const amount = (resource: string, of: number): Claim => ({
  kind: 'quantity',
  resource,
  amount: of,
});

/** What many agents and jobs hold at once: parts of a tree, names, memory. */
function leaseOf(n: number): Lease {
  const claims = [
    () => [region([`packages/p${n}/src/**`, `packages/p${n}/test/*.ts`])],
    () => [name(`task-${n}`)],
    () => [amount('ram', gib), amount('gpu:0/vram', gib / 4)],
    () => [region([`docs/chapter-${n}.md`]), name(`chapter-${n}`)],
  ][n % 4]?.() as Claim[];
  return {
    id: `lse_${n}`,
    holder: { name: `holder-${n}`, process: null },
    claims,
    token: n,
    bootId: 'boot',
    acquiredMs: nowMs - n,
    renewedMs: nowMs - n,
    termMs: 1_800_000,
    expiresMs: nowMs + 1_800_000,
    acquiredAt: '2026-01-01T00:00:00.000Z',
    purpose: null,
    parent: null,
    runId: `run-${n}`,
    secretHash: '0'.repeat(64),
    attributedPid: null,
    halt: null,
  };
}

function worldOf(leases: number): World {
  const live = Array.from({ length: leases }, (_, n) => leaseOf(n + 1));
  const usedBy = Object.fromEntries(live.map(({ id }) => [id, gib / 8]));
  return {
    live,
    waiters: [],
    capacity: {
      ram: { total: 4000 * gib, budget: 3600 * gib, used: 200 * gib, usedBy },
      'gpu:0/vram': { total: 400 * gib, budget: 360 * gib, used: 100 * gib, usedBy },
      'gpu:1/vram': { total: 24 * gib, budget: 22 * gib, used: 0, usedBy },
      'class:heavy': { total: 2, budget: 2, used: 0, usedBy: null },
    },
  };
}

const requests: { [what: string]: (n: number) => Claim[] } = {
  'a region': (n) => [region([`packages/q${n}/**`])],
  'a region of 20 patterns': (n) => [
    region(Array.from({ length: 20 }, (_, i) => `packages/q${n}/part-${i}/*.ts`)),
  ],
  'a region with wildcards first': (n) => [region([`**/q${n}/*.ts`])],
  'a name': (n) => [name(`other-${n}`)],
  'a lane': () => [{ kind: 'name', name: 'lane:backend', mode: 'exclusive' }],
  'memory of any device': () => [amount('ram', 2 * gib), amount('gpu/vram', 4 * gib)],
};

const rounds = 2000;

function timed(act: (n: number) => unknown): { median: number; p95: number } {
  for (let n = 0; n < rounds; n++) act(n);
  const times = Array.from({ length: rounds }, (_, n) => {
    const from = process.hrtime.bigint();
    act(n + rounds);
    return Number(process.hrtime.bigint() - from) / 1000;
  }).toSorted((a, b) => a - b);
  return { median: times[rounds >> 1] ?? 0, p95: times[Math.floor(rounds * 0.95)] ?? 0 };
}

console.log('leases  request                          median µs   p95 µs   x a plain loop');
for (const leases of [10, 100, 1000]) {
  const world = worldOf(leases);
  const plain = timed((n) => world.live.filter((one) => one.holder.name === `h${n}`).length);
  for (const [what, claimsOf] of Object.entries(requests)) {
    const { median, p95 } = timed((n) => {
      const request: ClaimRequest = {
        holder: 'me',
        runId: null,
        alternatives: [claimsOf(n)],
        ticket: null,
      };
      return arbitrate(request, world, policy, nowMs);
    });
    const ratio = (median / plain.median).toFixed(1);
    console.log(
      `${String(leases).padStart(6)}  ${what.padEnd(31)}  ${median.toFixed(1).padStart(9)} ${p95.toFixed(1).padStart(8)} ${ratio.padStart(8)}`,
    );
  }
}
