import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  adoption,
  applyEvent,
  attribution,
  checkpointOf,
  emptyState,
  type EventDraft,
  expiry,
  type Evidence,
  grant,
  type GrantFacts,
  halt,
  isStale,
  isTrusted,
  keptEndings,
  leave,
  type LedgerEvent,
  type LedgerState,
  type ProcessIdentity,
  type Spawn,
  release,
  renewal,
  replay,
  spawn,
  spawned,
  trustedForMs,
  wait,
} from '../../../src/kernel/leases/index.ts';

/** A ledger that is nothing but a log. */
class Log {
  readonly events: LedgerEvent[] = [];
  readonly state: LedgerState = emptyState();
  bootId = 'boot-1';
  nowMs = 1000;
  #ids = 0;

  record(draft: EventDraft): LedgerEvent {
    const { bootId, nowMs: bootMs } = this;
    const at = new Date(bootMs).toISOString();
    const event: LedgerEvent = { ...draft, seq: this.state.seq + 1, at, bootId, bootMs };
    this.events.push(event);
    applyEvent(this.state, event);
    return event;
  }

  /** Grants a reservation of ten seconds, unless told otherwise. */
  grant(more: Partial<GrantFacts> = {}): string {
    const id = more.id ?? `lse_${++this.#ids}`;
    const found = grant(this.state, {
      id,
      holder: { name: 'anna', process: null },
      claims: [{ kind: 'name', name: `name:${id}`, mode: 'exclusive' }],
      bootId: this.bootId,
      nowMs: this.nowMs,
      at: '',
      termMs: 10_000,
      maxTermMs: 60_000,
      purpose: null,
      parent: null,
      runId: null,
      secretHash: `hash of ${id}`,
      attributedPid: null,
      ticket: null,
      spawn: null,
      overtaken: [],
      overlaps: [],
      ...more,
    });
    assert.ok(found.kind === 'do', JSON.stringify(found));
    this.record(found.event);
    return id;
  }

  renew(id: string, floorMs = 0, hash = `hash of ${id}`) {
    return renewal(this.state, id, {
      authority: { kind: 'holder', secretHash: hash },
      nowMs: this.nowMs,
      termMs: null,
      maxTermMs: 60_000,
      floorMs,
    });
  }
}

const own = (id: string) => ({ kind: 'holder', secretHash: `hash of ${id}` }) as const;
const process: ProcessIdentity = {
  bootId: 'boot-1',
  pid: 4711,
  startedAt: '99',
  pidNamespace: 'pid:[1]',
};
const seen: Evidence = { bootId: 'boot-1', pidNamespace: 'pid:[1]', startedAt: '99' };

function refusedWith(found: { kind: string }, code: string): { reason: string; hint: string } {
  assert.equal(found.kind, 'refused', JSON.stringify(found));
  const refused = found as unknown as { code: string; reason: string; hint: string };
  assert.equal(refused.code, code);
  return refused;
}

test('every grant has a higher token than any before it, and so has every adoption', () => {
  const log = new Log();
  const first = log.grant();
  log.record({ type: 'released', leaseId: first, payload: { because: '', children: [] } });
  const second = log.grant();
  assert.equal(log.state.leases.get(second)?.token, 2);
  const taken = adoption(log.state, second, {
    authority: own(second),
    holder: { name: 'bert', process: null },
    secretHash: 'new',
    bootId: log.bootId,
    nowMs: log.nowMs,
    term: { defaultMs: 1000, maxMs: 60_000 },
  });
  assert.ok(taken.kind === 'do');
  log.record(taken.event);
  assert.equal(log.state.leases.get(second)?.token, 3);
});

test('a renewal starts the term anew, from when it is made', () => {
  const log = new Log();
  const id = log.grant();
  log.nowMs += 9000;
  const found = log.renew(id);
  assert.ok(found.kind === 'do');
  log.record(found.event);
  assert.equal(log.state.leases.get(id)?.expiresMs, 20_000);
});

test('a renewal that comes soon after the last one writes nothing and is fine', () => {
  const log = new Log();
  const id = log.grant();
  log.nowMs += 999;
  assert.equal(log.renew(id, 1000).kind, 'coalesced');
  log.nowMs += 1;
  assert.equal(log.renew(id, 1000).kind, 'do');
});

test('a renewal needs the secret', () => {
  const log = new Log();
  const id = log.grant();
  const { reason } = refusedWith(log.renew(id, 0, 'hash of another'), 'SECRET_WRONG');
  assert.match(reason, /which anna holds/);
  refusedWith(log.renew(id, 0, ''), 'SECRET_WRONG');
});

test('what was released, expired or adopted is not renewed, and says which and when', () => {
  const log = new Log();
  const id = log.grant();
  const found = release(log.state, id, { authority: own(id), reason: 'done' });
  assert.ok(found.kind === 'do');
  log.record(found.event);
  const over = refusedWith(log.renew(id), 'LEASE_OVER');
  assert.equal(
    over.reason,
    `${id} of anna was released at 1970-01-01T00:00:01.000Z: by its holder: done.`,
  );
  refusedWith(release(log.state, id, { authority: own(id) }), 'LEASE_OVER');
  refusedWith(log.renew('lse_none'), 'LEASE_NOT_FOUND');

  const late = log.grant();
  log.nowMs += 10_000;
  const end = expiry(log.state, log.state.leases.get(late)!, seen, log.nowMs);
  assert.ok(end.kind === 'do');
  log.record(end.event);
  assert.match(
    refusedWith(log.renew(late), 'LEASE_OVER').reason,
    /expired at .*term of 10 s was over/,
  );
  assert.equal(log.state.leases.size, 0);
});

test('a former holder is told who adopted it, and can do nothing with it', () => {
  const log = new Log();
  const id = log.grant();
  const child = log.grant({ parent: id });
  const found = adoption(log.state, id, {
    authority: { kind: 'operator', name: 'op' },
    holder: { name: 'bert', process: null },
    secretHash: 'new',
    bootId: log.bootId,
    nowMs: log.nowMs + 5000,
    term: { defaultMs: 1000, maxMs: 60_000 },
  });
  assert.ok(found.kind === 'do');
  const before = log.state.leases.get(id);
  log.record(found.event);
  const after = log.state.leases.get(id);
  assert.deepEqual(after?.claims, before?.claims);
  assert.equal(after?.termMs, before?.termMs);
  assert.equal(after?.expiresMs, 16_000);
  assert.ok(log.state.leases.has(child));
  assert.match(refusedWith(log.renew(id), 'LEASE_OVER').reason, /bert adopted it at/);
  refusedWith(release(log.state, id, { authority: own(id) }), 'LEASE_OVER');
  assert.ok(isStale(before?.token ?? 0, after?.token ?? 0));
  assert.equal(log.renew(id, 0, 'new').kind, 'do');
});

test('adopting needs the secret or an operator', () => {
  const log = new Log();
  const id = log.grant();
  const found = adoption(log.state, id, {
    authority: { kind: 'holder', secretHash: 'guessed' },
    holder: { name: 'mallory', process: null },
    secretHash: 'new',
    bootId: log.bootId,
    nowMs: log.nowMs,
    term: { defaultMs: 1000, maxMs: 60_000 },
  });
  refusedWith(found, 'SECRET_WRONG');
});

test('a lease is not adopted by somebody who would share it with its holder', () => {
  const log = new Log();
  const claims = [{ kind: 'region', tree: '/t', patterns: ['src/**'], mode: 'exclusive' }] as const;
  const one = log.grant({ claims });
  log.grant({ claims });
  const taken = (holder: string) =>
    adoption(log.state, one, {
      authority: own(one),
      holder: { name: holder, process: null },
      secretHash: 'new',
      bootId: log.bootId,
      nowMs: log.nowMs,
      term: { defaultMs: 1000, maxMs: 60_000 },
    });
  assert.match(refusedWith(taken('bert'), 'REGION_HELD').hint, /Release lse_2 first/);
  assert.equal(taken('anna').kind, 'do');
});

test('a lane that is alone is not adopted away from a holder who holds something beside it', () => {
  const log = new Log();
  const alone = log.grant({
    claims: [{ kind: 'name', name: 'alone:release', mode: 'exclusive' }],
  });
  log.grant({ claims: [{ kind: 'quantity', resource: 'license:x', amount: 1 }] });
  const found = adoption(log.state, alone, {
    authority: own(alone),
    holder: { name: 'bert', process: null },
    secretHash: 'new',
    bootId: log.bootId,
    nowMs: log.nowMs,
    term: { defaultMs: 1000, maxMs: 60_000 },
  });
  refusedWith(found, 'NAME_HELD');
});

test('a lease ends with its parent, and so do those below it', () => {
  const log = new Log();
  const parent = log.grant();
  const child = log.grant({ parent });
  const grandchild = log.grant({ parent: child });
  const other = log.grant();
  const found = release(log.state, parent, { authority: own(parent) });
  assert.ok(found.kind === 'do');
  assert.deepEqual(found.event.payload.children, [child, grandchild]);
  log.record(found.event);
  assert.deepEqual([...log.state.leases.keys()], [other]);
  assert.match(refusedWith(log.renew(grandchild), 'LEASE_OVER').reason, /its parent lse_1 ended/);
});

test('nothing is granted below a lease that is over', () => {
  const log = new Log();
  const facts = { parent: 'lse_gone' };
  assert.throws(() => log.grant(facts), /LEASE_NOT_FOUND/);
});

test('a reservation needs a term, no longer than is allowed; a process-bound lease does without', () => {
  const log = new Log();
  assert.throws(() => log.grant({ termMs: null }), /A reservation needs a term/);
  assert.throws(() => log.grant({ termMs: 60_001 }), /TERM_TOO_LONG/);
  for (const termMs of [0, -1, Number.NaN, 0.5, Number.POSITIVE_INFINITY]) {
    assert.throws(() => log.grant({ termMs }), /CLAIM_INVALID/);
  }
  const id = log.grant({ termMs: null, holder: { name: 'anna', process } });
  assert.equal(log.state.leases.get(id)?.expiresMs, null);
});

test('a dead process never ends a reservation', () => {
  const log = new Log();
  const lease = log.state.leases.get(log.grant())!;
  assert.equal(expiry(log.state, lease, { ...seen, startedAt: null }, log.nowMs).kind, 'live');
});

test('a process-bound lease ends when its process is gone, another one has its number, or the machine started anew', () => {
  const log = new Log();
  const lease = log.state.leases.get(log.grant({ termMs: null, holder: { name: 'a', process } }))!;
  const end = (more: Partial<Evidence>) => {
    const found = expiry(log.state, lease, { ...seen, ...more }, log.nowMs + 1e9);
    return found.kind === 'do' && found.event.type === 'expired'
      ? found.event.payload.cause
      : found.kind;
  };
  assert.equal(end({}), 'live');
  assert.equal(end({ startedAt: null }), 'process');
  assert.equal(end({ startedAt: '100' }), 'process');
  assert.equal(end({ bootId: 'boot-2' }), 'boot');
  assert.equal(end({ pidNamespace: 'pid:[2]', startedAt: null }), 'unknown');
  const { startedAt: _, ...unlooked } = seen;
  assert.equal(expiry(log.state, lease, unlooked, log.nowMs).kind, 'unknown');
});

test('after a new start what was left of a term counts anew, never less, for all leases alike', () => {
  const log = new Log();
  const first = log.grant();
  const second = log.grant();
  log.nowMs += 4000;
  log.grant();
  log.bootId = 'boot-2';
  log.nowMs = 50;
  for (const id of [first, second]) {
    const found = expiry(
      log.state,
      log.state.leases.get(id)!,
      { ...seen, bootId: 'boot-2' },
      log.nowMs,
    );
    assert.ok(found.kind === 'do' && found.event.type === 'rebased');
    log.record(found.event);
    assert.equal(log.state.leases.get(id)?.expiresMs, 50 + 6000);
    assert.equal(log.state.leases.get(id)?.acquiredMs, 50 - 4000);
  }
  const lease = log.state.leases.get(first)!;
  assert.equal(expiry(log.state, lease, { ...seen, bootId: 'boot-2' }, 6049).kind, 'live');
  assert.equal(expiry(log.state, lease, { ...seen, bootId: 'boot-2' }, 6050).kind, 'do');
});

test('after a new start the last progress of a lease is as old as it was', () => {
  const log = new Log();
  const id = log.grant();
  log.nowMs += 3000;
  log.record({ type: 'guarded', leaseId: id, payload: { token: 1, what: null } });
  log.bootId = 'boot-2';
  log.nowMs = 50;
  const found = expiry(log.state, log.state.leases.get(id)!, { ...seen, bootId: 'boot-2' }, 50);
  assert.ok(found.kind === 'do');
  log.record(found.event);
  const lease = log.state.leases.get(id);
  assert.equal((lease?.progress?.lastMs ?? 0) - (lease?.acquiredMs ?? 0), 3000);
});

test('a holder trusts its lease for less than its term, from before it asked', () => {
  assert.equal(trustedForMs(600_000), 570_000);
  assert.equal(trustedForMs(3_600_000), 3_570_000);
  assert.equal(trustedForMs(10_000), 9000);
  assert.equal(trustedForMs(1000), 500);
  assert.equal(trustedForMs(null), null);
  assert.ok(isTrusted({ termMs: 10_000 }, 500, 9499));
  assert.ok(!isTrusted({ termMs: 10_000 }, 500, 9500));
  assert.ok(isTrusted({ termMs: null }, 0, 1e12));
});

test('a token that is lower than the highest, or none, is stale', () => {
  assert.ok(isStale(1, 2));
  assert.ok(!isStale(2, 2));
  assert.ok(isStale(Number.NaN, 2));
});

test('a halt is kept with the lease and ends nothing; a spawn is seen and grants nothing', () => {
  const log = new Log();
  const id = log.grant();
  const stopped = halt(log.state, id, { reason: 'too long', by: 'op' });
  assert.ok(stopped.kind === 'do');
  log.record(stopped.event);
  assert.equal(log.state.leases.get(id)?.halt?.reason, 'too long');
  refusedWith(halt(log.state, 'lse_none', { reason: '', by: '' }), 'LEASE_NOT_FOUND');

  const intent: Spawn = {
    id: 'spn_1',
    holder: 'worker',
    claims: [],
    purpose: null,
    parent: id,
    runId: null,
    command: null,
    bootId: 'boot-1',
    sinceMs: 0,
    untilMs: 120_000,
    at: '',
  };
  const begun = spawn(log.state, intent);
  assert.ok(begun.kind === 'do');
  log.record(begun.event);
  assert.deepEqual([...log.state.spawns.keys()], ['spn_1']);
  log.grant({ parent: id, spawn: 'spn_1' });
  assert.equal(log.state.spawns.size, 0);
  log.record(begun.event);
  log.record(spawned('spn_1', 'it never came').event);
  assert.equal(log.state.spawns.size, 0);
});

test('whoever waits has a higher ticket than any before, and leaves the line with the grant', () => {
  const log = new Log();
  const line = () =>
    wait(log.state, {
      holder: { name: 'zoe', process: null },
      runId: null,
      alternatives: [],
      purpose: null,
      bootId: 'boot-1',
      sinceMs: 0,
      untilMs: 1,
    }).event;
  log.record(line());
  log.record(line());
  log.record(leave(1, 'gave up').event);
  assert.deepEqual([...log.state.waiters.keys()], [2]);
  log.grant({ ticket: 2 });
  assert.equal(log.state.waiters.size, 0);
  assert.equal(log.record(line()).type, 'waiting');
  assert.deepEqual([...log.state.waiters.keys()], [3]);
});

test('an attribution is recorded once', () => {
  const log = new Log();
  const id = log.grant();
  const found = attribution(log.state, id, { authority: own(id), pid: 7 });
  assert.ok(found.kind === 'do');
  log.record(found.event);
  assert.equal(attribution(log.state, id, { authority: own(id), pid: 7 }).kind, 'coalesced');
});

test('guarded writes and children count as progress, and a compaction forgets none of it', () => {
  const log = new Log();
  const id = log.grant();
  log.record({ type: 'guarded', leaseId: id, payload: { token: 1, what: null } });
  log.nowMs += 5;
  log.grant({ parent: id });
  assert.deepEqual(log.state.leases.get(id)?.progress, { count: 2, lastMs: 1005 });
  log.record(checkpointOf(log.state));
  const compacted = replay(log.events.slice(-1));
  assert.deepEqual(compacted, replay(log.events));
  assert.deepEqual(compacted.leases.get(id)?.progress, { count: 2, lastMs: 1005 });
  assert.equal(compacted.token, 2);
});

test('only so many endings are remembered, the latest, compacted or not', () => {
  const log = new Log();
  for (let n = 0; n < keptEndings + 5; n++) {
    const id = log.grant();
    log.record({ type: 'released', leaseId: id, payload: { because: '', children: [] } });
  }
  assert.equal(log.state.endings.size, keptEndings);
  assert.ok(!log.state.endings.has('lse_5') && log.state.endings.has('lse_6'));
  log.record(checkpointOf(log.state));
  assert.deepEqual(replay(log.events.slice(-1)), log.state);
});

test('an event about a lease that is over changes nothing', () => {
  const log = new Log();
  const id = log.grant();
  log.record({ type: 'released', leaseId: id, payload: { because: '', children: [] } });
  log.record({
    type: 'renewed',
    leaseId: id,
    payload: { renewedMs: 9, termMs: 9, expiresMs: 18 },
  });
  assert.equal(log.state.leases.size, 0);
});
