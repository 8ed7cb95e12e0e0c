import type { Claim } from '../claims/claim.ts';

/** A process, told apart from every other one that has or will have its number. */
export interface ProcessIdentity {
  bootId: string;
  pid: number;
  /** As the system tells the start of the process; only ever compared. */
  startedAt: string;
  /** Of which its number is one; null where there is nothing like it. A process of another one cannot be looked at. */
  pidNamespace: string | null;
}

export interface Holder {
  /** Who it is, as they say. Leases of one name never stand in each other's way. */
  name: string;
  /** A process-bound holder's; null for a reservation, which outlives the process that took it. */
  process: ProcessIdentity | null;
}

/** A granted claim. Times are milliseconds of the boot clock of `bootId`, but for `acquiredAt`, which is for people. */
export interface Lease {
  /** `lse_…` */
  id: string;
  holder: Holder;
  claims: readonly Claim[];
  /** Higher than that of every lease granted before by the same ledger. */
  token: number;
  bootId: string;
  acquiredMs: number;
  /** When it was last granted, renewed or adopted. */
  renewedMs: number;
  /** Null: for as long as its process lives. */
  termMs: number | null;
  /** `renewedMs + termMs`, or null. */
  expiresMs: number | null;
  /** ISO 8601, UTC. */
  acquiredAt: string;
  /** What it is for, in the holder's words. */
  purpose: string | null;
  /** A lease of which this one is a part, and whose end is its end. */
  parent: string | null;
  runId: string | null;
  /** SHA-256, hex, of the secret that was told once. */
  secretHash: string;
  /** The process tree whose measured use counts as this lease's; null while there is none. */
  attributedPid: number | null;
  /** Somebody wants it stopped. */
  halt: { reason: string; at: string; by: string } | null;
}

/** Somebody who waits, with a place in the line. */
export interface Waiter {
  /** Lower ones came earlier. */
  ticket: number;
  holder: Holder;
  runId: string | null;
  alternatives: readonly (readonly Claim[])[];
  purpose: string | null;
  bootId: string;
  sinceMs: number;
  /** When it gives up by itself; a waiter past it does not count. */
  untilMs: number;
}
