import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  capacityFrom,
  demandOf,
  ladder,
  type Measured,
  type Need,
  type Rung,
} from '../../../src/kernel/admission/index.ts';
import { arbitrate } from '../../../src/kernel/arbitrate/index.ts';
import type { Claim } from '../../../src/kernel/claims/claim.ts';
import type { Lease } from '../../../src/kernel/leases/lease.ts';
import {
  anyLeases,
  anyMachine,
  anyNeed,
  gib,
  headroom,
  lease,
  machine,
  need,
  policy,
} from './worlds.ts';

interface Situation {
  need: Need;
  measured: Measured;
  leases?: Lease[];
  waitedMs?: number;
  isAlone?: boolean;
}

const climb = ({
  need: needed,
  measured,
  leases = [],
  waitedMs = 0,
  isAlone = false,
}: Situation): Rung =>
  ladder(
    {
      instance: 'speech',
      need: needed,
      capacity: capacityFrom(measured, leases, headroom),
      leases,
      waitedMs,
      isAlone,
      isUnified: false,
    },
    policy,
  );

function claimed(rung: Rung): { [resource: string]: number }[] {
  assert.equal(rung.kind, 'ask');
  assert.ok(rung.kind === 'ask');
  return rung.alternatives.map(amounts);
}

const amounts = (claims: readonly Claim[]): { [resource: string]: number } =>
  Object.fromEntries(
    claims.flatMap((claim) =>
      claim.kind === 'quantity' ? [[claim.resource, claim.amount / gib] as const] : [],
    ),
  );

const decide = (rung: Extract<Rung, { kind: 'ask' }>, leases: Lease[]) =>
  arbitrate(
    { holder: 'speech', runId: null, alternatives: rung.alternatives, ticket: null },
    { live: leases, waiters: [], capacity: rung.capacity },
    { lanes: {}, toleratesOverlap: false, agingMs: 1_000 },
    0,
  );

test('what was measured is claimed with a margin', () => {
  const measured = { rssBytes: 8 * gib, vramBytes: 4 * gib };
  const rung = climb({ need: need({ measured }), measured: machine({}, [{ total: 24, used: 0 }]) });
  assert.deepEqual(claimed(rung), [{ ram: 10, 'gpu:0/vram': 5 }]);
});

test('the margin alone keeps nothing from a machine that it fits', () => {
  const measured = { rssBytes: 4 * gib, vramBytes: 20 * gib };
  const rung = climb({ need: need({ measured }), measured: machine({}, [{ total: 24, used: 0 }]) });
  assert.equal(claimed(rung)[0]?.['gpu:0/vram'], Math.floor(24 * gib * 0.9) / gib);
});

test('without a profile the declared guess is claimed, and without that a share of what there is', () => {
  const measured = machine({}, [{ total: 24, used: 0 }]);
  assert.deepEqual(claimed(climb({ need: need({ declared: { ram: 2 * gib } }), measured })), [
    { ram: 2 },
  ]);
  const [share] = claimed(climb({ need: need(), measured }));
  assert.deepEqual(share, { ram: Math.floor(Math.floor(64 * gib * 0.9) / 8) / gib });
});

test('a GPU plays a part only where it was declared, or was ever used', () => {
  const measured = machine({}, [{ total: 24, used: 0 }]);
  const claims = (given: Need) => claimed(climb({ need: given, measured }))[0] ?? {};
  assert.ok(!('gpu:0/vram' in claims(need())));
  assert.equal(claims(need({ declared: { 'gpu/vram': 6 * gib } }))['gpu:0/vram'], 6);
  const failed = { rssBytes: gib, vramBytes: 3 * gib };
  assert.equal(
    claims(need({ failed }))['gpu:0/vram'],
    Math.floor(Math.floor(24 * gib * 0.9) / 2) / gib,
  );
});

test('of several GPUs the fullest that it fits on is preferred, and a worker that is up stays where it is', () => {
  const measured = machine({}, [
    { total: 24, used: 0 },
    { total: 24, used: 12 },
    { total: 24, used: 20 },
  ]);
  const given = need({ declared: { 'gpu/vram': 6 * gib } });
  const order = (rung: Rung) => claimed(rung).map((one) => Object.keys(one).at(-1));
  assert.deepEqual(order(climb({ need: given, measured })), [
    'gpu:1/vram',
    'gpu:0/vram',
    'gpu:2/vram',
  ]);
  assert.deepEqual(order(climb({ need: { ...given, device: 2 }, measured })), ['gpu:2/vram']);
});

test('what can never fit is refused at once, with what it needs and what there is', () => {
  const measured = { rssBytes: gib, vramBytes: 30 * gib };
  const rung = climb({
    need: need({ measured }),
    measured: machine({}, [
      { total: 8, used: 0 },
      { total: 24, used: 0 },
    ]),
  });
  assert.ok(rung.kind === 'never');
  assert.match(
    rung.reason,
    /`speech` has needed 30 GiB of GPU memory, and the largest here, GPU 1, has 24 GiB, of which 21.6 GiB may be used/,
  );
  assert.match(rung.hint, /capstan profiles reset speech/);
});

test('a GPU that nobody can measure is told, and not taken for one that is free', () => {
  const rung = climb({ need: need({ declared: { 'gpu/vram': gib } }), measured: machine() });
  assert.ok(rung.kind === 'never');
  assert.match(rung.reason, /is declared to need 1 GiB of GPU memory, and this machine has no GPU/);
});

test('failed calls raise a guess, and can never keep a job from running', () => {
  fc.assert(
    fc.property(anyMachine, fc.integer({ min: 0, max: 1000 }), (measured, gibs) => {
      const failed = { rssBytes: gibs * gib, vramBytes: gibs * gib };
      const given = need({ failed });
      const rung = climb({ need: given, measured });
      if (rung.kind === 'never') return assert.fail(`refused: ${rung.reason}`);
      const ram = rung.alternatives[0]?.find(
        (claim) => claim.kind === 'quantity' && claim.resource === 'ram',
      );
      assert.ok(ram?.kind === 'quantity' && ram.amount <= (rung.capacity['ram']?.budget ?? 0));
    }),
  );
});

test('a guess waits for all of it for a while, then takes what is free', () => {
  const measured = machine({ available: 8 });
  const leases = [lease('other', { ram: gib })];
  const patient = claimed(climb({ need: need(), measured, leases, waitedMs: 9_999 }));
  assert.ok((patient[0]?.['ram'] ?? 0) > 7);
  const late = climb({ need: need(), measured, leases, waitedMs: 10_000 });
  assert.ok((claimed(late)[0]?.['ram'] ?? 9) < 2);
  assert.ok(late.kind === 'ask');
  assert.equal(decide(late, leases).kind, 'granted');
});

test('that nobody saw a short call use its GPU does not make it one that needs none', () => {
  const given = need({
    measured: { rssBytes: 8 * gib, vramBytes: 0 },
    declared: { 'gpu/vram': 6 * gib },
  });
  const rung = climb({ need: given, measured: machine({}, [{ total: 24, used: 0 }]) });
  assert.equal(claimed(rung)[0]?.['gpu:0/vram'], 7.5);
});

test('what was declared is not cut down while others of ours may yet end', () => {
  const leases = [lease('other', { 'gpu:0/vram': 16 * gib })];
  const given = need({ declared: { ram: gib, 'gpu/vram': 14 * gib } });
  const measured = machine({}, [{ total: 24, used: 16 }]);
  const rung = climb({ need: given, measured, leases, waitedMs: 1e9 });
  assert.deepEqual(claimed(rung), [{ ram: 1, 'gpu:0/vram': 14 }]);
});

test('where strangers hold everything and nothing of ours is left to wait for, a guess takes its chance', () => {
  const measured = machine({ available: 1 }, [{ total: 24, used: 24 }]);
  const given = need({ declared: { 'gpu/vram': 8 * gib } });
  const at = (isAlone: boolean) => climb({ need: given, measured, waitedMs: 10_000, isAlone });
  const [alone, beside] = [at(true), at(false)];
  assert.ok(alone.kind === 'ask' && beside.kind === 'ask');
  assert.equal(decide(alone, []).kind, 'granted');
  assert.equal(decide(beside, []).kind, 'waiting');
});

test('what was measured waits for as long as strangers hold what it needs', () => {
  const given = need({ measured: { rssBytes: 8 * gib, vramBytes: null } });
  const rung = climb({
    need: given,
    measured: machine({ available: 9 }),
    waitedMs: 1e9,
    isAlone: true,
  });
  assert.ok(rung.kind === 'ask');
  assert.equal(decide(rung, []).kind, 'waiting');
});

test('in any world, what is granted leaves every resource within its budget', () => {
  fc.assert(
    fc.property(anyNeed, anyMachine, anyLeases, (given, measured, leases) => {
      const rung = climb({ need: given, measured, leases });
      if (rung.kind === 'never') return;
      const capacity = capacityFrom(measured, leases, headroom);
      const decision = decide(rung, leases);
      if (decision.kind !== 'granted') return;
      const all = [...leases, { ...lease('new', {}), claims: decision.claims }];
      for (const claim of decision.claims) {
        if (claim.kind !== 'quantity') continue;
        const { budget = 0 } = capacity[claim.resource] ?? {};
        assert.ok(demandOf(claim.resource, all, capacity) <= budget);
      }
    }),
    { numRuns: 1000 },
  );
});

test('in any world, nothing is asked for that holds no memory, and every claim is a whole number above 0', () => {
  fc.assert(
    fc.property(
      anyNeed,
      anyMachine,
      anyLeases,
      fc.nat(20_000),
      fc.boolean(),
      (given, measured, leases, waitedMs, isAlone) => {
        const rung = climb({ need: given, measured, leases, waitedMs, isAlone });
        if (rung.kind === 'never') return;
        assert.ok(rung.alternatives.length > 0);
        for (const claims of rung.alternatives) {
          assert.ok(claims.some((claim) => claim.kind === 'quantity' && claim.resource === 'ram'));
          for (const claim of claims) {
            assert.ok(
              claim.kind === 'quantity' && Number.isSafeInteger(claim.amount) && claim.amount > 0,
            );
          }
        }
      },
    ),
  );
});

test('in any world, a guess that has waited its time on a machine without anything of ours is granted', () => {
  fc.assert(
    fc.property(anyNeed, anyMachine, (given, measured) => {
      const guess = { ...given, measured: null, declared: {}, device: null };
      const rung = climb({ need: guess, measured, waitedMs: 10_000, isAlone: true });
      assert.ok(rung.kind === 'ask');
      assert.equal(decide(rung, []).kind, 'granted');
    }),
  );
});
