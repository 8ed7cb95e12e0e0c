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
  /** From whom it was taken over, the latest last; absent where nobody did. */
  adoptions?: readonly Adoption[];
  /** What happened under it that counts as progress: guarded writes and children; absent while there is none. */
  progress?: { count: number; lastMs: number };
}

/** A former holder of a lease, by whose secret nothing can be done any more. */
export interface Adoption {
  from: string;
  secretHash: string;
  /** ISO 8601, UTC. */
  at: string;
  by: string;
}

/** Something that is about to be started, so that it can be seen before its lease is granted. It holds nothing. */
export interface Spawn {
  /** `spn_…` */
  id: string;
  holder: string;
  /** What it is going to ask for, as far as that is known. */
  claims: readonly Claim[];
  purpose: string | null;
  parent: string | null;
  runId: string | null;
  /** How it is started, for people. */
  command: string | null;
  bootId: string;
  sinceMs: number;
  /** Past it, it is taken for one that never came. */
  untilMs: number;
  /** ISO 8601, UTC. */
  at: string;
}

/** How a lease ended. */
export interface Ending {
  leaseId: string;
  token: number;
  holder: string;
  how: 'released' | 'expired';
  /** `released by its holder`, `its process 4711 is gone`, … */
  because: string;
  /** ISO 8601, UTC. */
  at: string;
  /** Of the secret that was its holder's. */
  secretHash: string;
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
