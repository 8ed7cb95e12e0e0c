import type { Checkpoint, EventDraft } from './events.ts';
import type { Ending, Lease, Spawn, Waiter } from './lease.ts';

/** What a ledger's events have come to. `applyEvent` changes it in place; nothing else does. */
export interface LedgerState {
  /** Of the last event applied. */
  seq: number;
  /** Boot and boot clock of the last event applied. */
  bootId: string | null;
  bootMs: number;
  /** The boot before that one, and its clock at its last event. */
  formerBoot: { id: string; ms: number } | null;
  /** The highest ever given; the next grant gets one more. */
  token: number;
  /** The highest ticket ever given. */
  tickets: number;
  /** Live ones, in the order in which they were granted. */
  leases: Map<string, Lease>;
  /** By ticket, lower ones first. */
  waiters: Map<number, Waiter>;
  spawns: Map<string, Spawn>;
  /** The latest so many that ended, by lease id, so that a late holder is told what became of it. */
  endings: Map<string, Ending>;
}

/** More are told as unknown. */
export const keptEndings = 1000;

export function emptyState(): LedgerState {
  return {
    seq: 0,
    bootId: null,
    bootMs: 0,
    formerBoot: null,
    token: 0,
    tickets: 0,
    leases: new Map(),
    waiters: new Map(),
    spawns: new Map(),
    endings: new Map(),
  };
}

/** The event that stands for all before it. */
export function checkpointOf(state: LedgerState): EventDraft & { type: 'checkpoint' } {
  const payload: Checkpoint = {
    upTo: state.seq,
    formerBoot: state.formerBoot,
    token: state.token,
    tickets: state.tickets,
    leases: [...state.leases.values()],
    waiters: [...state.waiters.values()],
    spawns: [...state.spawns.values()],
    endings: [...state.endings.values()],
  };
  return { type: 'checkpoint', leaseId: null, payload };
}

/** Leases whose end is the end of this one's parent, theirs included, in the order in which they were granted. */
export function childrenOf(state: LedgerState, leaseId: string): string[] {
  const found = new Set([leaseId]);
  // A child is granted after its parent, so that one walk finds all of them.
  for (const { id, parent } of state.leases.values()) {
    if (parent !== null && found.has(parent)) found.add(id);
  }
  found.delete(leaseId);
  return [...found];
}
