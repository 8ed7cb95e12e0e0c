import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Capacity } from '../../src/kernel/arbitrate/index.ts';
import { Ledger } from '../../src/leases/index.ts';
import { granted, ledgerFor, named, OwnMachine, policy, wants } from './world.ts';

const minute = 60_000;

test('a grant tells its secret once, and the ledger keeps nothing of it but a hash', (t) => {
  const { ledger } = ledgerFor(t);
  const { lease, secret, trustedForMs } = granted(ledger.acquire(wants('ann', 'deploy')));
  assert.match(lease.id, /^lse_/);
  assert.ok(Buffer.from(secret, 'base64url').length * 8 >= 128);
  assert.ok(!JSON.stringify([ledger.state(), ledger.log()]).includes(secret));
  assert.ok(trustedForMs !== null && trustedForMs < (lease.termMs ?? 0));
});

test('what one holds another one waits for, and is told who has it', (t) => {
  const { ledger } = ledgerFor(t);
  const { lease } = granted(ledger.acquire(wants('ann', 'deploy', { purpose: 'the release' })));
  const answer = ledger.acquire(wants('bob', 'deploy'));
  assert.equal(answer.kind, 'waiting');
  assert.ok(answer.kind === 'waiting');
  assert.equal(answer.code, 'NAME_HELD');
  assert.match(answer.reason, /ann/);
  assert.deepEqual(
    answer.blockers.map(({ leaseId, purpose }) => ({ leaseId, purpose })),
    [{ leaseId: lease.id, purpose: 'the release' }],
  );
});

test('a refusal is in the log with its reason', (t) => {
  const { ledger } = ledgerFor(t);
  granted(ledger.acquire(wants('ann', 'deploy')));
  ledger.acquire(wants('bob', 'deploy'));
  const [last] = ledger.log({ limit: 1 });
  assert.equal(last?.type, 'refused');
  assert.equal(last?.payload['code'], 'NAME_HELD');
  assert.match(String(last?.payload['reason']), /ann/);
});

test('a holder is not blocked by its own lease, and each of its leases has its own secret (4.2)', (t) => {
  const { ledger } = ledgerFor(t);
  const first = granted(ledger.acquire(wants('ann', 'deploy')));
  const second = granted(ledger.acquire(wants('ann', 'deploy')));
  assert.notEqual(first.secret, second.secret);
  const crossed = ledger.release(first.lease.id, { secret: second.secret });
  assert.ok(crossed.kind === 'refused' && crossed.code === 'SECRET_WRONG');
  const child = granted(
    ledger.acquire(
      wants('carl', 'deploy', {
        runId: 'run_1',
        parent: { id: first.lease.id, secret: first.secret },
        holder: 'ann',
      }),
    ),
  );
  assert.equal(child.lease.parent, first.lease.id);
});

test('release takes the secret of the lease; an empty one opens nothing (4.7)', (t) => {
  const { ledger } = ledgerFor(t);
  const { lease, secret } = granted(ledger.acquire(wants('ann', 'deploy')));
  for (const wrong of ['', 'x', `${secret}x`]) {
    const answer = ledger.release(lease.id, { secret: wrong });
    assert.ok(answer.kind === 'refused' && answer.code === 'SECRET_WRONG', wrong);
  }
  assert.equal(ledger.release(lease.id, { secret }).kind, 'done');
  const again = ledger.release(lease.id, { secret });
  assert.ok(again.kind === 'refused' && again.code === 'LEASE_OVER');
  assert.match(again.reason, /was released/);
});

test('adopting takes authority: the secret, or the name of an operator (4.7)', (t) => {
  const { ledger } = ledgerFor(t);
  const { lease, secret } = granted(ledger.acquire(wants('ann', 'deploy')));
  const refused = ledger.adopt(lease.id, { secret: 'guess' }, { holder: 'eve' });
  assert.ok(refused.kind === 'refused' && refused.code === 'SECRET_WRONG');
  const nameless = ledger.adopt(lease.id, { operator: ' ' }, { holder: 'eve' });
  assert.ok(nameless.kind === 'refused' && nameless.code === 'LABEL_INVALID');
  const adopted = ledger.adopt(lease.id, { operator: 'olga' }, { holder: 'bob' });
  assert.ok(adopted.kind === 'done');
  assert.equal(adopted.lease.holder.name, 'bob');
  assert.ok(adopted.lease.token > lease.token);
  const former = ledger.renew(lease.id, { secret });
  assert.ok(former.kind === 'refused' && former.code === 'LEASE_OVER');
  assert.match(former.reason, /bob adopted it/);
  assert.equal(ledger.renew(lease.id, { secret: adopted.secret }).kind, 'done');
});

test('a renewal after the release, the expiry or an adoption changes nothing and says so', (t) => {
  const machine = new OwnMachine();
  const { ledger } = ledgerFor(t, { machine });
  const { lease, secret } = granted(ledger.acquire(wants('ann', 'deploy', { termMs: minute })));
  machine.nowMs += minute;
  const late = ledger.renew(lease.id, { secret });
  assert.ok(late.kind === 'refused' && late.code === 'LEASE_OVER');
  assert.match(late.reason, /expired/);
  granted(ledger.acquire(wants('bob', 'deploy')));
});

test('an early renewal is coalesced: nothing is written, and it is a success', (t) => {
  const machine = new OwnMachine();
  const { ledger } = ledgerFor(t, { machine });
  const { lease, secret } = granted(ledger.acquire(wants('ann', 'deploy', { termMs: minute })));
  const { seq } = ledger.state();
  machine.nowMs += 1000;
  assert.equal(ledger.renew(lease.id, { secret }, { floorMs: 5000 }).kind, 'coalesced');
  assert.equal(ledger.state().seq, seq);
  const renewed = ledger.renew(lease.id, { secret }, { floorMs: 500 });
  assert.ok(renewed.kind === 'done');
  assert.equal(renewed.lease.expiresMs, machine.nowMs + minute);
});

test('a lease past its term is ended by who wants it, as an event of its own (4.1)', (t) => {
  const machine = new OwnMachine();
  const { ledger } = ledgerFor(t, { machine });
  const { lease } = granted(ledger.acquire(wants('ann', 'deploy', { termMs: minute })));
  machine.nowMs += minute - 1;
  assert.equal(ledger.acquire(wants('bob', 'deploy')).kind, 'waiting');
  machine.nowMs += 1;
  assert.match(ledger.state().endings[lease.id] ?? '', /its term of 1 min/);
  granted(ledger.acquire(wants('bob', 'deploy')));
  const types = ledger.log().map(({ type }) => type);
  assert.deepEqual(types, ['granted', 'refused', 'expired', 'granted']);
});

test('a lease of a process ends with it, and not because a stranger got its number (4.1)', (t) => {
  const machine = new OwnMachine();
  machine.processes.set(4711, 'tick 5');
  const { ledger } = ledgerFor(t, { machine });
  granted(ledger.acquire(wants('ann', 'deploy', { pid: 4711 })));
  machine.nowMs += 24 * 60 * minute;
  assert.equal(ledger.acquire(wants('bob', 'deploy')).kind, 'waiting');
  machine.processes.set(4711, 'tick 9');
  granted(ledger.acquire(wants('bob', 'deploy')));
  assert.match(
    String(ledger.log().find(({ type }) => type === 'expired')?.payload['because']),
    /another one has its number/,
  );
});

test('a dead process never ends a reservation that it took (4.1)', (t) => {
  const machine = new OwnMachine();
  const { ledger } = ledgerFor(t, { machine });
  granted(ledger.acquire(wants('ann', 'deploy')));
  machine.processes.clear();
  assert.equal(ledger.acquire(wants('bob', 'deploy')).kind, 'waiting');
});

test('of a process in another container nobody says that it is dead', (t) => {
  const machine = new OwnMachine();
  machine.processes.set(7, 'tick 1');
  const { ledger, path } = ledgerFor(t, { machine });
  granted(ledger.acquire(wants('ann', 'deploy', { pid: 7 })));
  const elsewhere = Ledger.open(path, {
    machine: new OwnMachine('boot-1', machine.nowMs, 'pid:[2]'),
  });
  t.after(() => elsewhere.close());
  assert.equal(elsewhere.acquire(wants('bob', 'deploy')).kind, 'waiting');
});

test('after a new start of the machine leases of processes are gone, and reservations have what was left', (t) => {
  const before = new OwnMachine('boot-1', 5_000_000);
  before.processes.set(7, 'tick 1');
  const { ledger, path } = ledgerFor(t, { machine: before });
  const bound = granted(ledger.acquire(wants('ann', 'a', { pid: 7 })));
  const kept = granted(ledger.acquire(wants('bob', 'b', { termMs: 10 * minute })));
  before.nowMs += 4 * minute;
  granted(ledger.acquire(wants('carl', 'c')));
  ledger.close();

  const after = new OwnMachine('boot-2', 1000);
  const next = Ledger.open(path, { machine: after });
  t.after(() => next.close());
  const { live, token } = next.state();
  assert.ok(!live.some(({ id }) => id === bound.lease.id));
  const lease = live.find(({ id }) => id === kept.lease.id);
  assert.equal((lease?.expiresMs ?? 0) - after.nowMs, 6 * minute);
  assert.ok(token >= 3);
  assert.equal(next.renew(kept.lease.id, { secret: kept.secret }).kind, 'done');
  granted(next.acquire(wants('dora', 'a')));
  after.nowMs += 11 * minute;
  granted(next.acquire(wants('dora', 'b')));
  assert.deepEqual(next.verify().problems, []);
});

test('tokens only rise, also over what a loss of power may have taken', (t) => {
  const machine = new OwnMachine();
  const { ledger, path } = ledgerFor(t, { machine });
  const first = granted(ledger.acquire(wants('ann', 'a', { pid: process.pid }))).lease.token;
  const second = granted(ledger.acquire(wants('ann', 'b'))).lease.token;
  assert.ok(second > first);
  ledger.close();
  const next = Ledger.open(path, { machine: new OwnMachine('boot-2', 5) });
  t.after(() => next.close());
  // Up to here tokens may have been given by commits that were not synced.
  assert.ok(granted(next.acquire(wants('bob', 'c'))).lease.token > second + 500);
  assert.deepEqual(next.verify().problems, []);
});

test('children end with their parent', (t) => {
  const { ledger } = ledgerFor(t);
  const parent = granted(ledger.acquire(wants('ann', 'a')));
  const { id, secret } = { id: parent.lease.id, secret: parent.secret };
  const child = granted(ledger.acquire(wants('bob', 'b', { parent: { id, secret } })));
  const grandchild = granted(
    ledger.acquire(wants('carl', 'c', { parent: { id: child.lease.id, secret: child.secret } })),
  );
  ledger.release(id, { secret });
  for (const { lease, secret: own } of [child, grandchild]) {
    const answer = ledger.check(lease.id, { secret: own });
    assert.ok(answer.kind === 'refused' && answer.code === 'LEASE_OVER');
    assert.match(answer.reason, /parent/);
  }
  const orphan = ledger.acquire(wants('dora', 'd', { parent: { id, secret } }));
  assert.ok(orphan.kind === 'refused' && orphan.code === 'LEASE_OVER');
});

test('a foreign secret makes nobody a child', (t) => {
  const { ledger } = ledgerFor(t);
  const { lease } = granted(ledger.acquire(wants('ann', 'a')));
  const answer = ledger.acquire(wants('eve', 'a', { parent: { id: lease.id, secret: 'guess' } }));
  assert.ok(answer.kind === 'refused' && answer.code === 'SECRET_WRONG');
});

test("a child of a process that is gone is in nobody's way", (t) => {
  const machine = new OwnMachine();
  machine.processes.set(7, 'tick 1');
  const { ledger } = ledgerFor(t, { machine });
  const parent = granted(ledger.acquire(wants('ann', 'a', { pid: 7 })));
  granted(
    ledger.acquire(wants('kid', 'b', { parent: { id: parent.lease.id, secret: parent.secret } })),
  );
  assert.equal(ledger.acquire(wants('bob', 'b')).kind, 'waiting');
  machine.processes.delete(7);
  granted(ledger.acquire(wants('bob', 'b')));
});

test('those who wait are served in the order of their tickets', (t) => {
  const { ledger } = ledgerFor(t);
  const held = granted(ledger.acquire(wants('ann', 'x')));
  const tickets = ['bob', 'carl', 'dora'].map((holder) => {
    const answer = ledger.acquire(wants(holder, 'x', { lineMs: minute }));
    assert.ok(answer.kind === 'waiting' && answer.ticket !== null);
    return { holder, ticket: answer.ticket };
  });
  ledger.release(held.lease.id, { secret: held.secret });
  const pushing = ledger.acquire(wants('eve', 'x'));
  assert.ok(pushing.kind === 'waiting' && pushing.code === 'LINE_AHEAD');
  for (const [at, { holder, ticket }] of tickets.entries()) {
    for (const later of tickets.slice(at + 1)) {
      assert.equal(ledger.peek(wants(later.holder, 'x', { ticket: later.ticket })).kind, 'waiting');
    }
    const { lease, secret } = granted(ledger.acquire(wants(holder, 'x', { ticket })));
    assert.ok(!ledger.state().waiters.some((waiter) => waiter.ticket === ticket));
    ledger.release(lease.id, { secret });
  }
});

test('one who waited and is gone, or whose time is over, holds nobody up', (t) => {
  const machine = new OwnMachine();
  const { ledger } = ledgerFor(t, { machine });
  const held = granted(ledger.acquire(wants('ann', 'x')));
  ledger.acquire(wants('bob', 'x', { lineMs: minute }));
  ledger.acquire(wants('carl', 'x', { lineMs: 60 * minute }));
  ledger.release(held.lease.id, { secret: held.secret });
  machine.nowMs += 2 * minute;
  assert.equal(ledger.peek(wants('dora', 'x')).kind, 'waiting');
  assert.equal(ledger.state().waiters.length, 1);
  machine.processes.set(process.pid, 'another');
  assert.deepEqual(ledger.state().waiters, [], 'nobody is shown who waits no more');
  granted(ledger.acquire(wants('dora', 'x')));
  assert.deepEqual(
    ledger
      .log()
      .filter(({ type }) => type === 'left')
      .map(({ payload }) => payload['ticket']),
    [1, 2],
  );
});

test('a halt is recorded with its reason and signals nobody', (t) => {
  const { ledger } = ledgerFor(t);
  const { lease, secret } = granted(ledger.acquire(wants('ann', 'a', { pid: process.pid })));
  const halted = ledger.halt(lease.id, { reason: 'it spins', by: 'olga' });
  assert.ok(halted.kind === 'done');
  assert.equal(halted.lease.halt?.reason, 'it spins');
  assert.equal(ledger.check(lease.id, { secret }).kind, 'done');
  const nothing = ledger.halt('lse_none', { reason: 'x', by: 'olga' });
  assert.ok(nothing.kind === 'refused' && nothing.code === 'LEASE_NOT_FOUND');
});

test('an announced start is visible, holds nothing, and is over with its lease or its time', (t) => {
  const machine = new OwnMachine();
  const { ledger } = ledgerFor(t, { machine });
  const come = ledger.spawn({ holder: 'ann', claims: [named('a')], command: 'agent --task 1' });
  ledger.spawn({ holder: 'bob', claims: [] });
  assert.equal(ledger.state().spawns.length, 2);
  granted(ledger.acquire(wants('carl', 'a')));
  granted(ledger.acquire(wants('ann', 'b', { spawn: come.id })));
  assert.deepEqual(
    ledger.state().spawns.map(({ holder }) => holder),
    ['bob'],
  );
  machine.nowMs += 121_000;
  assert.deepEqual(ledger.state().spawns, []);
  assert.throws(() => ledger.spawn({ holder: 'a\u2028b', claims: [] }), { code: 'LABEL_INVALID' });
});

test('U+2028, NUL and the like in labels are refused, and lose no lease (4.6)', (t) => {
  const { ledger } = ledgerFor(t);
  for (const bad of ['a\u2028b', 'a\u0085b', 'a\0b', 'a\nb', '', '\ud800']) {
    const byName = ledger.acquire(wants(bad, 'x'));
    assert.ok(byName.kind === 'refused' && byName.code === 'LABEL_INVALID', JSON.stringify(bad));
    const purposed = ledger.acquire(wants('ann', 'x', { purpose: bad }));
    assert.ok(
      purposed.kind === 'refused' && purposed.code === 'LABEL_INVALID',
      JSON.stringify(bad),
    );
  }
  assert.deepEqual(ledger.state().live, []);
  assert.deepEqual(ledger.verify().problems, []);
});

test('a process that is not there can hold nothing', (t) => {
  const { ledger } = ledgerFor(t);
  const answer = ledger.acquire(wants('ann', 'x', { pid: 2 ** 22 + 1 }));
  assert.ok(answer.kind === 'refused' && answer.code === 'CLAIM_INVALID');
  assert.match(answer.reason, /no process/);
});

test('a term that is none, and one that is too long, are refused', (t) => {
  const { ledger } = ledgerFor(t);
  for (const termMs of [Number.NaN, -1, 0, 1.5]) {
    const answer = ledger.acquire(wants('ann', 'x', { termMs }));
    assert.ok(answer.kind === 'refused' && answer.code === 'CLAIM_INVALID', String(termMs));
  }
  const long = ledger.acquire(wants('ann', 'x', { termMs: 25 * 60 * minute }));
  assert.ok(long.kind === 'refused' && long.code === 'TERM_TOO_LONG');
});

test('capacity is never exceeded, and what a dead process had is free at once', (t) => {
  const machine = new OwnMachine();
  machine.processes.set(7, 'tick 1');
  const { ledger } = ledgerFor(t, { machine });
  const capacity: Capacity = { 'license:matlab': { total: 2, budget: 2, used: 0, usedBy: null } };
  const one = (holder: string, pid?: number) =>
    ledger.acquire({
      holder,
      alternatives: [[{ kind: 'quantity', resource: 'license:matlab', amount: 1 }]],
      policy,
      capacity,
      ...(pid === undefined ? {} : { pid }),
    });
  granted(one('ann', 7));
  granted(one('bob'));
  const third = one('carl');
  assert.ok(third.kind === 'waiting' && third.code === 'RESOURCE_HELD');
  machine.processes.delete(7);
  granted(one('carl'));
  assert.equal(one('dora').kind, 'waiting');
});

test('measured use is attributed to a lease by the process of it', (t) => {
  const { ledger } = ledgerFor(t);
  const { lease } = granted(ledger.acquire(wants('ann', 'a', { pid: process.pid })));
  ledger.attribute(lease.id, 99);
  assert.equal(ledger.state().live[0]?.attributedPid, 99);
  ledger.attribute(lease.id, null);
  assert.equal(ledger.state().live[0]?.attributedPid, null);
});

test('a guarded write runs for the holder only, and only while the lease is trusted', (t) => {
  const machine = new OwnMachine();
  const { ledger } = ledgerFor(t, { machine });
  const { lease, secret } = granted(ledger.acquire(wants('ann', 'a', { termMs: 10 * minute })));
  let writes = 0;
  const write = (): number => (writes += 1);
  assert.equal(ledger.guard(lease.id, secret, write), 1);
  assert.throws(() => ledger.guard(lease.id, 'guess', write), { code: 'SECRET_WRONG' });
  assert.throws(() => ledger.guard(lease.id, secret, write, { token: lease.token - 1 }), {
    code: 'LEASE_OVER',
  });
  // The last part of the term is kept for clocks that drift and writes that take their time.
  machine.nowMs += 10 * minute - 1000;
  assert.throws(() => ledger.guard(lease.id, secret, write), /nothing is written in its last/);
  ledger.renew(lease.id, { secret });
  assert.equal(ledger.guard(lease.id, secret, write), 2);
  machine.nowMs += 10 * minute;
  assert.throws(() => ledger.guard(lease.id, secret, write), { code: 'LEASE_OVER' });
  assert.equal(writes, 2);
});

test('a guarded write that throws is passed on, and nothing is recorded of it', (t) => {
  const { ledger } = ledgerFor(t);
  const { lease, secret } = granted(ledger.acquire(wants('ann', 'a')));
  const { seq } = ledger.state();
  assert.throws(
    () =>
      ledger.guard(lease.id, secret, () => {
        throw new RangeError('mine');
      }),
    RangeError,
  );
  assert.equal(ledger.state().seq, seq);
  assert.equal(
    ledger.guard(lease.id, secret, () => 'fine'),
    'fine',
  );
});

test('a guarded write asks nothing of the ledger that runs it, and a closed ledger answers nothing', (t) => {
  const { ledger } = ledgerFor(t);
  const { lease, secret } = granted(ledger.acquire(wants('ann', 'a')));
  const nested = (): unknown =>
    ledger.guard(lease.id, secret, () => ledger.acquire(wants('ann', 'b')));
  assert.throws(nested, /inside a transaction/);
  assert.equal(ledger.check(lease.id, { secret }).kind, 'done');
  ledger.close();
  assert.throws(() => ledger.acquire(wants('bob', 'b')), /is closed/);
});

test('of several requests in one transaction one that fails takes nothing of the others with it', (t) => {
  const { ledger } = ledgerFor(t);
  const startedMs = ledger.machine.bootMs();
  const outcomes = ledger.perform([
    { name: 'acquire', args: [wants('ann', 'a')], startedMs },
    { name: 'spawn', args: [{ holder: '', claims: [] }], startedMs },
    { name: 'acquire', args: [wants('bob', 'a')], startedMs },
    { name: 'acquire', args: [wants('bob', 'b')], startedMs },
  ]);
  const kinds = outcomes.map((one) =>
    'error' in one ? 'error' : (one.value as { kind: string }).kind,
  );
  assert.deepEqual(kinds, ['granted', 'error', 'waiting', 'granted']);
  assert.equal(ledger.state().live.length, 2);
  assert.deepEqual(ledger.verify().problems, []);
});
