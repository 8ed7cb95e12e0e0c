import type { Spawn } from '../kernel/leases/index.ts';
import type { Compacted } from '../stores/ledger/index.ts';
import type { Capacity, Decision, Policy } from '../kernel/arbitrate/decision.ts';
import type { Claim } from '../kernel/claims/claim.ts';
import type { Lease, Waiter } from '../kernel/leases/lease.ts';
import { invariant } from '../errors.ts';
import type {
  AdoptOptions,
  Authority,
  CheckOptions,
  Granted,
  GuardedFile,
  LeaseRequest,
  NotDone,
  Refused,
  RenewOptions,
  SpawnOptions,
  Waits,
} from './request.ts';
import type { LedgerReport, LedgerService, LoggedEvent, LogOptions } from './service.ts';

export type WhichLedger = 'workspace' | 'machine' | 'both';

/** A lease for people and programs: nothing of it opens anything. */
export interface LeaseView extends Omit<Lease, 'secretHash'> {
  ledger: WhichLedger;
  /** Until it expires; null for one without a term. */
  leftMs: number | null;
  /** ISO 8601, by the wall clock of now; null for one without a term. */
  expiresAt: string | null;
  /** Why it holds nothing any more, though nobody has swept it yet; null for one that does. */
  ended: string | null;
}

export type AcquireAnswer = (Omit<Granted, 'lease'> & { lease: LeaseView }) | Waits | Refused;
export type DeskChanged = { kind: 'done' | 'coalesced'; lease: LeaseView } | NotDone;
export type DeskAdopted = { kind: 'done'; lease: LeaseView; secret: string } | NotDone;

export interface WaitOptions {
  /** 0: no waiting. */
  waitMs?: number;
  signal?: AbortSignal;
  /** Hears why it waits: at first, and whenever that changes. */
  onWaiting?: (why: Waits) => void;
}

export interface DeskOptions {
  /** Opened when they are first needed. */
  workspace: () => LedgerService | Promise<LedgerService>;
  machine: () => LedgerService | Promise<LedgerService>;
  policy: Policy;
  termMs: number;
  maxTermMs: number;
  /** Whether a resource is kept in the machine's ledger: what is measured, and what is counted for all workspaces. */
  isMachineResource?: (resource: string) => boolean;
  /** What there is now, for requests that bring no capacity of their own. */
  capacity?: (live: readonly Lease[], claims: readonly Claim[]) => Capacity | Promise<Capacity>;
}

export interface DeskList {
  leases: LeaseView[];
  waiters: (Waiter & { ledger: 'workspace' | 'machine' })[];
  spawns: (Spawn & { ledger: 'workspace' | 'machine' })[];
}

const later = (): never => invariant(false, 'this is being built') as never;

/** Leases over both ledgers. */
export class LeaseDesk {
  readonly options: DeskOptions;
  constructor(options: DeskOptions) {
    this.options = options;
  }
  acquire: (request: LeaseRequest, wait?: WaitOptions) => Promise<AcquireAnswer> = later;
  release: (id: string, authority: Authority) => Promise<DeskChanged> = later;
  renew: (id: string, authority: Authority, options?: RenewOptions) => Promise<DeskChanged> = later;
  adopt: (id: string, authority: Authority, options: AdoptOptions) => Promise<DeskAdopted> = later;
  halt: (id: string, request: { reason: string; by: string }) => Promise<DeskChanged> = later;
  spawn: (options: SpawnOptions) => Promise<Spawn & { ledger: 'workspace' | 'machine' }> = later;
  check: (id: string, options?: CheckOptions) => Promise<DeskChanged> = later;
  guardFile: (
    id: string,
    secret: string,
    file: GuardedFile,
  ) => Promise<{ kind: 'done'; lease: LeaseView; path: string } | NotDone> = later;
  list: () => Promise<DeskList> = later;
  log: (
    options?: LogOptions & { ledger?: 'workspace' | 'machine' },
  ) => Promise<(LoggedEvent & { ledger: 'workspace' | 'machine' })[]> = later;
  compact: () => Promise<(Compacted & { ledger: 'workspace' | 'machine' })[]> = later;
  verify: () => Promise<(LedgerReport & { ledger: 'workspace' | 'machine' })[]> = later;
  /** What the kernel would decide now of both ledgers together, without asking for anything. */
  decide: (request: LeaseRequest) => Promise<Decision> = later;
  onChange: (listener: () => void) => () => void = later;
  close: () => Promise<void> = later;
}
