import type { EventPayloads, LedgerEvent } from './events.ts';
import type { Ending, Lease } from './lease.ts';
import { childrenOf, emptyState, keptEndings, type LedgerState } from './state.ts';

/** What an event touched, for whoever keeps a projection: what is not in the state any more has gone. */
export interface Changes {
  leases: string[];
  waiters: number[];
  spawns: string[];
  /** Leases that ended; each is in `leases` too. */
  endings: string[];
  /** Everything changed: a checkpoint was loaded. */
  all: boolean;
}

/**
 * What an event does. Knows no refusal: what was recorded has happened. An event about a lease that is not live changes
 * nothing, so a renewal that comes late never revives one.
 */
export function applyEvent(state: LedgerState, event: LedgerEvent): Changes {
  const changes: Changes = { leases: [], waiters: [], spawns: [], endings: [], all: false };
  state.seq = event.seq;
  if (state.bootId !== null && state.bootId !== event.bootId) {
    state.formerBoot = { id: state.bootId, ms: state.bootMs };
  }
  state.bootId = event.bootId;
  state.bootMs = event.bootMs;
  switch (event.type) {
    case 'granted':
      granted(state, event.payload, event.bootMs, changes);
      break;
    case 'released':
    case 'expired':
      ended(state, event, changes);
      break;
    case 'renewed':
    case 'rebased':
      amend(state, event.leaseId, changes, (lease) => ({
        ...lease,
        ...timesIn(lease, event.payload),
      }));
      break;
    case 'adopted':
      amend(state, event.leaseId, changes, (lease) => adopted(lease, event.payload, event.at));
      state.token = Math.max(state.token, event.payload.token);
      break;
    case 'halted': {
      const halt = { ...event.payload, at: event.at };
      amend(state, event.leaseId, changes, (lease) => ({ ...lease, halt }));
      break;
    }
    case 'attributed': {
      const attributedPid = event.payload.pid;
      amend(state, event.leaseId, changes, (lease) => ({ ...lease, attributedPid }));
      break;
    }
    case 'guarded':
      progressed(state, event.leaseId, event.bootMs, changes);
      break;
    case 'waiting': {
      const { waiter } = event.payload;
      state.waiters.set(waiter.ticket, waiter);
      state.tickets = Math.max(state.tickets, waiter.ticket);
      changes.waiters.push(waiter.ticket);
      break;
    }
    case 'left':
      if (state.waiters.delete(event.payload.ticket)) changes.waiters.push(event.payload.ticket);
      break;
    case 'spawning':
      state.spawns.set(event.payload.spawn.id, event.payload.spawn);
      changes.spawns.push(event.payload.spawn.id);
      break;
    case 'spawned':
      if (state.spawns.delete(event.payload.spawn)) changes.spawns.push(event.payload.spawn);
      break;
    case 'checkpoint':
      load(state, event.payload);
      changes.all = true;
      break;
    case 'refused':
      break;
  }
  return changes;
}

/** The state that a log has come to. A log that was compacted begins with a checkpoint. */
export function replay(events: Iterable<LedgerEvent>): LedgerState {
  const state = emptyState();
  for (const event of events) applyEvent(state, event);
  return state;
}

function granted(
  state: LedgerState,
  { lease, ticket, spawn }: EventPayloads['granted'],
  nowMs: number,
  changes: Changes,
): void {
  state.leases.set(lease.id, lease);
  state.token = Math.max(state.token, lease.token);
  changes.leases.push(lease.id);
  if (ticket !== null && state.waiters.delete(ticket)) changes.waiters.push(ticket);
  if (spawn !== null && state.spawns.delete(spawn)) changes.spawns.push(spawn);
  if (lease.parent !== null) progressed(state, lease.parent, nowMs, changes);
}

type Ended = LedgerEvent & { type: 'released' | 'expired' };

/** A lease ends with its children, whatever the event says of them. */
function ended(state: LedgerState, event: Ended, changes: Changes): void {
  const { leaseId, at, type: how } = event;
  const lease = leaseId === null ? undefined : state.leases.get(leaseId);
  if (lease === undefined) return;
  for (const id of childrenOf(state, lease.id)) {
    const child = state.leases.get(id) as Lease;
    note(state, child, { how, at, because: `its parent ${lease.id} ended` }, changes);
  }
  note(state, lease, { how, at, because: event.payload.because }, changes);
}

function note(
  state: LedgerState,
  { id, token, holder, secretHash }: Lease,
  ending: Pick<Ending, 'how' | 'because' | 'at'>,
  changes: Changes,
): void {
  state.leases.delete(id);
  state.endings.set(id, { leaseId: id, token, holder: holder.name, secretHash, ...ending });
  changes.leases.push(id);
  changes.endings.push(id);
  if (state.endings.size <= keptEndings) return;
  const [oldest] = state.endings.keys();
  if (oldest !== undefined) state.endings.delete(oldest);
}

function amend(
  state: LedgerState,
  leaseId: string | null,
  changes: Changes,
  change: (lease: Lease) => Lease,
): void {
  const lease = leaseId === null ? undefined : state.leases.get(leaseId);
  if (lease === undefined) return;
  state.leases.set(lease.id, change(lease));
  changes.leases.push(lease.id);
}

function progressed(
  state: LedgerState,
  leaseId: string | null,
  nowMs: number,
  changes: Changes,
): void {
  amend(state, leaseId, changes, (lease) => {
    const count = (lease.progress?.count ?? 0) + 1;
    return { ...lease, progress: { count, lastMs: nowMs } };
  });
}

/** Former holders that are remembered by name. */
const keptAdoptions = 8;

function adopted(lease: Lease, payload: EventPayloads['adopted'], at: string): Lease {
  const { holder, token, secretHash, from, by, bootId } = payload;
  const former = { from, secretHash: lease.secretHash, at, by };
  return {
    ...lease,
    holder,
    token,
    secretHash,
    bootId,
    ...timesIn(lease, payload),
    attributedPid: null,
    // Whoever was asked to stop holds it no more.
    halt: null,
    adoptions: [...(lease.adoptions ?? []), former].slice(-keptAdoptions),
  };
}

/** What was done by the clock of an earlier boot, by that of this one. */
function shifted({ progress, acquiredMs }: Lease, nowAcquiredMs: number): Partial<Lease> {
  if (progress === undefined) return {};
  const { count, lastMs } = progress;
  return { progress: { count, lastMs: lastMs + nowAcquiredMs - acquiredMs } };
}

function timesIn(
  lease: Lease,
  payload: EventPayloads['renewed'] | EventPayloads['rebased'] | EventPayloads['adopted'],
): Partial<Lease> {
  const { renewedMs, expiresMs } = payload;
  if ('fromBootId' in payload) {
    const { bootId, acquiredMs } = payload;
    return { bootId, acquiredMs, renewedMs, expiresMs, ...shifted(lease, acquiredMs) };
  }
  return { renewedMs, expiresMs, termMs: payload.termMs };
}

function load(state: LedgerState, checkpoint: EventPayloads['checkpoint']): void {
  state.formerBoot = checkpoint.formerBoot;
  state.token = checkpoint.token;
  state.tickets = checkpoint.tickets;
  state.leases = new Map(checkpoint.leases.map((lease) => [lease.id, lease]));
  state.waiters = new Map(checkpoint.waiters.map((waiter) => [waiter.ticket, waiter]));
  state.spawns = new Map(checkpoint.spawns.map((spawn) => [spawn.id, spawn]));
  state.endings = new Map(checkpoint.endings.map((ending) => [ending.leaseId, ending]));
}
