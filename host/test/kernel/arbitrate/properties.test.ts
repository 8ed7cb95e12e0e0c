import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arbitrate, type Policy, type World } from '../../../src/kernel/arbitrate/index.ts';
import { type Claim, checkClaims, type RegionClaim } from '../../../src/kernel/claims/index.ts';
import type { Lease, Waiter } from '../../../src/kernel/leases/index.ts';
import { amount, lane, lease, named, region, request, waiter } from './world.ts';

const policy: Policy = {
  lanes: {
    a: { isExclusive: true, paths: ['a/**'], class: 'c' },
    b: { paths: ['b/**'], class: 'c' },
    alone: { isAlone: true },
  },
  toleratesOverlap: false,
  agingMs: 100,
  tree: '/tree',
};
const capacity: World['capacity'] = {
  'license:x': { total: 4, budget: 4, used: 0, usedBy: null },
  ram: {
    total: 20,
    budget: 18.1,
    used: 7.3,
    usedBy: { lse_1: 3.1, lse_2: 2.7, lse_3: 0.1, lse_9: 9 },
  },
  'gpu:0/vram': { total: 8, budget: 8, used: 2, usedBy: {} },
  'gpu:1/vram': { total: 12, budget: 12, used: 0, usedBy: null },
  'class:c': { total: 2, budget: 2, used: 0, usedBy: null },
};

const mode = fc.constantFrom('shared' as const, 'exclusive' as const);
const pattern = fc.constantFrom('**', 'a', 'a/**', 'a/1', '*/1', 'b/{1,2}', 'b/[12]', 'c/?', 'c');
const claim: fc.Arbitrary<Claim> = fc.oneof(
  fc.tuple(fc.array(pattern, { minLength: 1, maxLength: 3 }), mode).map(([p, m]) => region(p, m)),
  fc.tuple(fc.constantFrom('x', 'y', 'z'), mode).map(([name, m]) => named(name, m)),
  fc.tuple(fc.constantFrom('a', 'b', 'alone'), mode).map(([name, m]) => lane(name, m)),
  fc
    .tuple(
      fc.constantFrom('license:x', 'ram', 'gpu:0/vram', 'gpu:1/vram', 'gpu/vram'),
      fc.integer({ min: 1, max: 13 }),
    )
    .map(([resource, of]) => amount(resource, of)),
);
const claims = fc.array(claim, { minLength: 1, maxLength: 3 });
const holder = fc.constantFrom('anna', 'bert', 'cleo', 'dora');
const run = fc.constantFrom(null, null, 'run-1');
const ask = fc.record({
  holder,
  runId: run,
  alternatives: fc.array(claims, { minLength: 1, maxLength: 3 }),
  isRanked: fc.boolean(),
});

/** A world that came about by what was granted, one request after the other. */
const grown = fc.array(ask, { maxLength: 12 }).map((asks) => {
  const live: Lease[] = [];
  for (const [at, one] of asks.entries()) {
    const answer = arbitrate({ ...one, ticket: null }, { live, waiters: [], capacity }, policy, 0);
    if (answer.kind === 'granted') {
      live.push(lease(at + 1, one.holder, answer.claims, { runId: one.runId }));
    }
  }
  return live;
});

const waiting = fc
  .array(fc.tuple(holder, run, claims, fc.integer({ min: 0, max: 300 })), { maxLength: 4 })
  .map((all) =>
    all.map(
      ([name, runId, wanted, sinceMs], at): Waiter =>
        waiter(at + 1, name, [wanted], { runId, sinceMs, untilMs: 10_000 }),
    ),
  );

const isKin = (a: Lease, b: Lease): boolean =>
  a.holder.name === b.holder.name || (a.runId !== null && a.runId === b.runId);

/** Some path of a small tree that both take in; the patterns above meet nowhere else. */
const paths = ['a', 'a/1', 'a/2', 'b', 'b/1', 'b/2', 'c', 'c/1', 'c/2', 'd'];
const matches: { readonly [pattern: string]: RegExp } = {
  '**': /./,
  a: /^a/,
  'a/**': /^a/,
  'a/1': /^a\/1/,
  '*/1': /^.\/1/,
  'b/{1,2}': /^b\/[12]/,
  'b/[12]': /^b\/[12]$/,
  'b/**': /^b/,
  'c/?': /^c\/.$/,
  c: /^c/,
};
const cover = (one: RegionClaim, path: string): boolean =>
  one.patterns.some((text) => matches[text]?.test(path));

function exclude(a: Claim, b: Claim): boolean {
  if (a.kind === 'quantity' || b.kind === 'quantity') return false;
  if (a.mode === 'shared' && b.mode === 'shared') return false;
  if (a.kind === 'name' && b.kind === 'name') return a.name === b.name;
  if (a.kind !== 'region' || b.kind !== 'region') return false;
  return paths.some((path) => cover(a, path) && cover(b, path));
}

test('two live leases never exclude each other unless they are of one holder or run', () => {
  fc.assert(
    fc.property(grown, (live) => {
      for (const a of live) {
        for (const b of live) {
          if (a.token >= b.token || isKin(a, b)) continue;
          for (const one of a.claims) {
            for (const other of b.claims) assert.ok(!exclude(one, other));
          }
          const isAlone = a.claims.some(
            (one) => one.kind === 'name' && one.name.startsWith('alone:'),
          );
          assert.ok(!isAlone);
        }
      }
    }),
    { numRuns: 100 },
  );
});

test('no more is ever granted than there is', () => {
  fc.assert(
    fc.property(grown, (live) => {
      for (const [resource, { budget }] of Object.entries(capacity)) {
        let sum = 0;
        const inClass = new Set<string>();
        for (const one of live) {
          for (const own of one.claims) {
            if (own.kind !== 'quantity' || own.resource !== resource) continue;
            sum += own.amount;
            inClass.add(one.runId ?? one.holder.name);
          }
        }
        // Whoever counts twice in a class is kin of somebody there.
        if (resource.startsWith('class:')) assert.ok(inClass.size <= budget + 1);
        else assert.ok(sum <= budget, `${sum} of ${resource}`);
      }
    }),
    { numRuns: 100 },
  );
});

const order = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
  minLength: 20,
  maxLength: 20,
});
const shuffled = <Item>(items: readonly Item[], keys: readonly number[]): Item[] =>
  items
    .map((item, at) => ({ item, key: keys[at] ?? 0 }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);

test('the same question has the same answer, byte for byte, in whatever order the leases come', () => {
  fc.assert(
    fc.property(grown, waiting, ask, order, (live, waiters, one, keys) => {
      const answer = (around: World) =>
        JSON.stringify(arbitrate({ ...one, ticket: null }, around, policy, 200));
      const first = answer({ live, waiters, capacity });
      assert.equal(answer({ live, waiters, capacity }), first);
      const copied = structuredClone({ live: shuffled(live, keys), waiters, capacity });
      copied.waiters.reverse();
      assert.equal(answer(copied), first);
    }),
    { numRuns: 150 },
  );
});

test('asking changes nothing of what it is asked about', () => {
  fc.assert(
    fc.property(grown, waiting, ask, (live, waiters, one) => {
      const around = { live, waiters, capacity };
      const before = JSON.stringify([around, one, policy]);
      arbitrate({ ...one, ticket: null }, around, policy, 200);
      assert.equal(JSON.stringify([around, one, policy]), before);
    }),
  );
});

test('a claim that waits has somebody in the way, and goes through once they are gone', () => {
  fc.assert(
    fc.property(grown, waiting, claims, holder, (live, waiters, wanted, name) => {
      const asked = request([wanted], { holder: name });
      const answer = arbitrate(asked, { live, waiters, capacity }, policy, 200);
      if (answer.kind !== 'waiting') return;
      assert.ok(answer.blockers.length > 0);
      const gone = arbitrate(asked, { live: [], waiters: [], capacity: idle }, policy, 200);
      assert.equal(gone.kind, 'granted', JSON.stringify(gone));
    }),
    { numRuns: 100 },
  );
});

const idle: World['capacity'] = Object.fromEntries(
  Object.entries(capacity).map(([resource, one]) => [resource, { ...one, used: 0 }]),
);

test('whatever comes from outside is answered, and never with a grant of nonsense', () => {
  const junk = fc.oneof(
    fc.anything(),
    fc.record({ kind: fc.constant('quantity'), resource: fc.anything(), amount: fc.anything() }),
    fc.record({ kind: fc.constant('name'), name: fc.anything(), mode: fc.anything() }),
    fc.record({
      kind: fc.constant('region'),
      tree: fc.anything(),
      patterns: fc.anything(),
      mode: fc.anything(),
    }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.array(fc.oneof(junk, fc.array(junk)))), (given) => {
      const alternatives = given as Claim[][];
      const problem = checkClaims(alternatives);
      const answer = arbitrate(
        request(alternatives),
        { live: [], waiters: [], capacity },
        policy,
        0,
      );
      if (problem !== null) assert.equal(answer.kind, 'refused');
    }),
    { numRuns: 400 },
  );
});
