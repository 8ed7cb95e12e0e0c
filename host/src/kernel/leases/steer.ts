import { allowed, type Authority, type Do, notLive, type Refused } from './decided.ts';
import type { Spawn, Waiter } from './lease.ts';
import type { LedgerState } from './state.ts';

/** Records that somebody wants a lease's holder stopped. Signals nobody; anyone may wish for it, with a name. */
export function halt(
  state: LedgerState,
  leaseId: string,
  { reason, by }: { reason: string; by: string },
): Do<'halted'> | Refused {
  if (!state.leases.has(leaseId)) return notLive(state, leaseId);
  return { kind: 'do', event: { type: 'halted', leaseId, payload: { reason, by } } };
}

/** Records that something is about to be started. Grants nothing. */
export function spawn(state: LedgerState, intent: Spawn): Do<'spawning'> | Refused {
  const { parent } = intent;
  if (parent !== null && !state.leases.has(parent)) return notLive(state, parent);
  const event = { type: 'spawning', leaseId: parent, payload: { spawn: intent } } as const;
  return { kind: 'do', event };
}

/** The intent is over without a lease; one that comes to a lease is over with its grant. */
export function spawned(spawnId: string, because: string): Do<'spawned'> {
  const payload = { spawn: spawnId, because };
  return { kind: 'do', event: { type: 'spawned', leaseId: null, payload } };
}

/** Takes a place at the end of the line. */
export function wait(state: LedgerState, waiter: Omit<Waiter, 'ticket'>): Do<'waiting'> {
  const payload = { waiter: { ...waiter, ticket: state.tickets + 1 } };
  return { kind: 'do', event: { type: 'waiting', leaseId: null, payload } };
}

/** Gives the place up. */
export function leave(ticket: number, because: string): Do<'left'> {
  return { kind: 'do', event: { type: 'left', leaseId: null, payload: { ticket, because } } };
}

/** From now on the use of this process tree counts as the lease's. */
export function attribution(
  state: LedgerState,
  leaseId: string,
  { authority, pid }: { authority: Authority; pid: number | null },
): Do<'attributed'> | { kind: 'coalesced' } | Refused {
  const found = allowed(state, leaseId, authority);
  if (found.kind === 'refused') return found;
  if (found.lease.attributedPid === pid) return { kind: 'coalesced' };
  return { kind: 'do', event: { type: 'attributed', leaseId, payload: { pid } } };
}
