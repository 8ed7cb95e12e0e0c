import type { Claim } from '../claims/claim.ts';
import type { Ending, Holder, Lease, Spawn, Waiter } from './lease.ts';

/** What a ledger records of each kind of event. Everything a replay needs is here; the rest is for people. */
export interface EventPayloads {
  granted: {
    lease: Lease;
    /** Of the waiter that got it, who leaves the line with it. */
    ticket: number | null;
    /** The spawn that it is the lease of, which is over with it. */
    spawn: string | null;
    /** Tickets of those who were passed. */
    overtaken: readonly number[];
    /** Leases that it overlaps, as tolerated or forced. */
    overlaps: readonly string[];
  };
  refused: {
    holder: string;
    code: string;
    reason: string;
    alternatives: readonly (readonly Claim[])[];
    /** Leases in the way. */
    blockers: readonly string[];
  };
  renewed: { renewedMs: number; termMs: number | null; expiresMs: number | null };
  released: { because: string; children: readonly string[] };
  expired: {
    cause: 'process' | 'boot' | 'term';
    because: string;
    children: readonly string[];
  };
  adopted: {
    holder: Holder;
    from: string;
    by: string;
    token: number;
    secretHash: string;
    bootId: string;
    renewedMs: number;
    termMs: number | null;
    expiresMs: number | null;
  };
  halted: { reason: string; by: string };
  spawning: { spawn: Spawn };
  /** The intent is over: it came to a lease, or to nothing. */
  spawned: { spawn: string; because: string };
  waiting: { waiter: Waiter };
  left: { ticket: number; because: string };
  attributed: { pid: number | null };
  /** The machine started anew, and what is left of its term counts from here. */
  rebased: {
    fromBootId: string;
    bootId: string;
    acquiredMs: number;
    renewedMs: number;
    expiresMs: number | null;
  };
  guarded: { token: number; what: string | null };
  checkpoint: Checkpoint;
}

/** All that a replay has come to. */
export interface Checkpoint {
  /** Of the last event that is in it. */
  upTo: number;
  formerBoot: { id: string; ms: number } | null;
  token: number;
  tickets: number;
  leases: readonly Lease[];
  waiters: readonly Waiter[];
  spawns: readonly Spawn[];
  endings: readonly Ending[];
}

export type EventType = keyof EventPayloads;

/** What a decision asks to be recorded: the ledger adds the number, the time and the boot. */
export type EventDraft = {
  [type in EventType]: { type: type; leaseId: string | null; payload: EventPayloads[type] };
}[EventType];

export type LedgerEvent = EventDraft & {
  /** From 1, without a gap. */
  seq: number;
  /** ISO 8601, UTC; for people. */
  at: string;
  bootId: string;
  /** Boot clock of `bootId`. */
  bootMs: number;
};
