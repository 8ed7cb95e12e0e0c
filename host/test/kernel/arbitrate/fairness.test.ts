import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arbitrate, type Policy, type World } from '../../../src/kernel/arbitrate/index.ts';
import type { Claim } from '../../../src/kernel/claims/index.ts';
import type { Lease, Waiter } from '../../../src/kernel/leases/index.ts';
import { amount, lease, named, region, waiter } from './world.ts';

const policy: Policy = { lanes: {}, toleratesOverlap: false, agingMs: 1000, tree: '/tree' };
const capacity: World['capacity'] = {
  ram: { total: 10, budget: 10, used: 0, usedBy: null },
};

/**
 * One waits for `wanted` while others come without a pause and take `theirs` for `termMs` each, as fast as they get it,
 * two at a time. Answers with how long it waited.
 */
function waitAmong(wanted: readonly Claim[], theirs: readonly Claim[], termMs: number): number {
  let live: Lease[] = [];
  let waiters: Waiter[] = [];
  let token = 0;
  const take = (holder: string, ticket: number | null, claims: readonly Claim[], nowMs: number) => {
    const world = { live, waiters, capacity };
    const asked = { holder, runId: null, alternatives: [claims], ticket };
    const answer = arbitrate(asked, world, policy, nowMs);
    if (answer.kind !== 'granted') return false;
    live.push(lease(++token, holder, answer.claims, { expiresMs: nowMs + termMs }));
    waiters = waiters.filter((one) => one.ticket !== ticket);
    return true;
  };
  for (let nowMs = 0; nowMs < 100_000; nowMs += 10) {
    live = live.filter(({ expiresMs }) => expiresMs !== null && expiresMs > nowMs);
    // The adversary asks first in every round, and gets in line as well where it is told to.
    for (let each = 0; each < 4; each++) {
      const name = `flood-${nowMs}-${each}`;
      if (!take(name, null, theirs, nowMs) && waiters.length < 20) {
        const ticket = Math.max(1, ...waiters.map((one) => one.ticket)) + 1;
        waiters.push(waiter(ticket, name, [theirs], { sinceMs: nowMs, untilMs: 1e9 }));
      }
    }
    if (nowMs === 100) {
      waiters.push(
        waiter(Math.max(1, ...waiters.map((one) => one.ticket)) + 1, 'patient', [wanted], {
          sinceMs: nowMs,
          untilMs: 1e9,
        }),
      );
    }
    for (const one of [...waiters].toReversed()) {
      if (take(one.holder.name, one.ticket, one.alternatives[0] ?? [], nowMs)) {
        if (one.holder.name === 'patient') return nowMs - 100;
      }
    }
  }
  return Number.POSITIVE_INFINITY;
}

test('small requests without end hold nobody off an amount for longer than the policy lets them, and their terms', () => {
  // 20 of them at most are before it in the line, and each takes a term.
  const waited = waitAmong([amount('ram', 9)], [amount('ram', 3)], 300);
  assert.ok(waited <= policy.agingMs + 20 * 300, `${waited} ms`);
});

test('a line of small requests holds nobody off a name or a region for longer than those before it have it', () => {
  const before = 20 * 300 + 300;
  assert.ok(waitAmong([named('x')], [named('x')], 300) <= before);
  const shared = waitAmong([region(['src/**'])], [region(['src/a'], 'shared')], 300);
  assert.ok(shared <= before, `${shared} ms`);
});

test('one who wants two things at once gets both though each of them is never idle', () => {
  const waited = waitAmong([named('x'), amount('ram', 8)], [named('x'), amount('ram', 3)], 300);
  assert.ok(waited <= policy.agingMs + 21 * 300, `${waited} ms`);
});
