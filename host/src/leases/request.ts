import type { Capacity, Decision, Policy } from '../kernel/arbitrate/decision.ts';
import type { Claim } from '../kernel/claims/claim.ts';
import type { Lease, TermRules } from '../kernel/leases/index.ts';
import type { Identity } from './secret.ts';

/** What somebody asks of the ledgers of a workspace and its machine. */
export interface LeaseRequest {
  holder: string;
  /** Of the process that the lease is to live and die with; without one it is a reservation. */
  pid?: number;
  /** Of a reservation; the default term where it is not given. Of a process-bound lease: none, unless given. */
  termMs?: number;
  purpose?: string;
  runId?: string;
  /** The lease of which this one is to be a part, and the right to say so. */
  parent?: { id: string; secret: string };
  /** In order of preference: one of them is granted whole, or nothing is. */
  alternatives: readonly (readonly Claim[])[];
  isForced?: boolean;
  /** The best of the alternatives, not the first that can be had. */
  isRanked?: boolean;
  /** The announced start that this is the lease of; without it, that of the same holder and run, if there is one. */
  spawn?: string;
  /** What there is, as the caller knows it. */
  capacity?: Capacity;
}

/** What a single ledger is asked. */
export interface LedgerRequest extends LeaseRequest {
  policy: Policy;
  capacity: Capacity;
  /** Of a lease that stands in another ledger too, and has the same there. */
  identity?: Identity;
  /** 30 min and 24 h, unless given. */
  term?: TermRules;
  /** The place in the line that the caller has from an answer before. */
  ticket?: number;
  /** Enters the line when the answer is to wait, for so long at most. */
  lineMs?: number;
  attributedPid?: number;
}

/** The right to change a lease: whoever has its secret, or an operator by name. */
export type Authority = { secret: string } | { operator: string };

export interface Granted {
  kind: 'granted';
  lease: Lease;
  /** Told once; the ledger keeps its hash only. */
  secret: string;
  /** For how long the holder may act on it, counted from before it asked; null: while its process lives. */
  trustedForMs: number | null;
  /** Index into the request's alternatives. */
  alternative: number;
  /** Tickets of those who wait for the same and were passed, as the policy allows. */
  overtaken: readonly number[];
  overlaps: Extract<Decision, { kind: 'granted' }>['overlaps'];
}

export type Waits = Extract<Decision, { kind: 'waiting' }>;
export type Refused = Extract<Decision, { kind: 'refused' }>;

/** `ticket`: the place in the line, where it was entered. */
export type LedgerAnswer = Granted | (Waits & { ticket: number | null }) | Refused;

/** What came of something that needs a live lease. Everything but `done` changed nothing, and says why. */
export type Done = { kind: 'done'; lease: Lease };
export type NotDone = { kind: 'refused'; code: string; reason: string; hint: string };
export type Changed = Done | NotDone;
/** `coalesced`: the last renewal is younger than the caller's floor; nothing was written, and all is well. */
export type Renewed = Changed | { kind: 'coalesced'; lease: Lease };
/** With the new secret: the one before opens nothing any more. */
export type Adopted = (Done & { secret: string }) | NotDone;

export interface RenewOptions {
  /** Another term from now on. */
  termMs?: number;
  /** A renewal younger than this is good enough. */
  floorMs?: number;
  /** 24 h unless given. */
  maxTermMs?: number;
}

export interface AdoptOptions {
  holder: string;
  /** Binds it to this process; without one it becomes a reservation. */
  pid?: number;
  /** That the new holder is told, where another ledger has given it one already. */
  secret?: string;
}

/** What is to be started, so that the gap before its grant is visible; it grants nothing. */
export interface SpawnOptions {
  holder: string;
  claims: readonly Claim[];
  purpose?: string;
  parent?: string;
  runId?: string;
  /** 120 s unless given. */
  ttlMs?: number;
  command?: string;
}

export interface CheckOptions {
  secret?: string;
  /** Of the write that is about to happen: a lower one than the lease's is refused. */
  token?: number;
  /** A path of the tree that the lease's region has to cover. */
  path?: string;
  /** The path is to be written: what is held shared does not do. */
  isWrite?: boolean;
}

/** A write of a file by a holder, staged, synced, and put in its place while the lease is known to hold. */
export interface GuardedFile {
  path: string;
  content: string | Uint8Array;
  token?: number;
  /** Of the file; that of the one which is replaced, or 0644, unless given. */
  mode?: number;
}

export type Guarded = { kind: 'done'; lease: Lease; path: string } | NotDone;
