import type { Decision } from '../kernel/arbitrate/index.ts';
import type { Lease, Spawn, Waiter } from '../kernel/leases/index.ts';
import type { Compacted } from '../stores/ledger/index.ts';
import type {
  Adopted,
  AdoptOptions,
  Authority,
  Changed,
  CheckOptions,
  Guarded,
  GuardedFile,
  LedgerAnswer,
  LedgerRequest,
  Renewed,
  RenewOptions,
  SpawnOptions,
} from './request.ts';

/** A ledger as it stands. Live leases that are dead already, and not yet swept, are among them: see `endings`. */
export interface LedgerView {
  path: string;
  /** Of this boot, in milliseconds of its clock: what the times of the leases count in. */
  nowMs: number;
  seq: number;
  token: number;
  live: readonly Lease[];
  waiters: readonly Waiter[];
  spawns: readonly Spawn[];
  /** Why a lease that is still in `live` holds nothing any more, by its id. */
  endings: { readonly [leaseId: string]: string };
}

/** A row of a ledger's log, for people and programs. */
export interface LoggedEvent {
  seq: number;
  at: string;
  bootId: string;
  bootMs: number;
  type: string;
  leaseId: string | null;
  payload: { [key: string]: unknown };
}

export interface LogOptions {
  /** The first event that is wanted. */
  fromSeq?: number;
  /** So many from there on; without `fromSeq`, the last so many. */
  limit?: number;
}

export interface LedgerReport {
  path: string;
  events: number;
  seq: number;
  token: number;
  problems: readonly { seq: number | null; message: string }[];
}

/** A ledger that is asked without blocking: in a thread, or at once where nothing else goes on. */
export interface LedgerService {
  acquire(request: LedgerRequest): Promise<LedgerAnswer>;
  /** What `acquire` would answer now; writes nothing and waits for no writer. */
  peek(request: LedgerRequest): Promise<Decision>;
  release(id: string, authority: Authority): Promise<Changed>;
  renew(id: string, authority: Authority, options?: RenewOptions): Promise<Renewed>;
  adopt(id: string, authority: Authority, options: AdoptOptions): Promise<Adopted>;
  halt(id: string, request: { reason: string; by: string }): Promise<Changed>;
  spawn(options: SpawnOptions): Promise<Spawn>;
  /** Whether the lease is live, and what is asked for is right; changes nothing. */
  check(id: string, options?: CheckOptions): Promise<Changed>;
  /** Says whose measured use counts as the lease's; null: nobody's. */
  attribute(id: string, pid: number | null): Promise<Changed>;
  leaveLine(ticket: number): Promise<void>;
  guardFile(id: string, secret: string, file: GuardedFile): Promise<Guarded>;
  state(): Promise<LedgerView>;
  log(options?: LogOptions): Promise<LoggedEvent[]>;
  compact(): Promise<Compacted>;
  verify(): Promise<LedgerReport>;
  /** Hears soon after anybody, in any process, has changed something. Returns how to stop that. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}
