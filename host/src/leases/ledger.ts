import { invariant } from '../errors.ts';
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
import type {
  Compacted,
  LedgerReport,
  LedgerView,
  LoggedEvent,
  LogOptions,
  Spawn,
} from './service.ts';

export interface LedgerOptions {
  /** Throws LEDGER_UNREADABLE where there is none, instead of making one. */
  mustExist?: boolean;
  allowNetworkFilesystem?: boolean;
}

const later = (): never => invariant(false, 'this is being built') as never;

/** One ledger, synchronously: each call is one transaction. */
export class Ledger {
  static open: (path: string, options?: LedgerOptions) => Ledger = later;
  acquire: (request: LedgerRequest) => LedgerAnswer = later;
  peek: (request: LedgerRequest) => LedgerAnswer['kind'] = later;
  release: (id: string, authority: Authority) => Changed = later;
  renew: (id: string, authority: Authority, options?: RenewOptions) => Renewed = later;
  adopt: (id: string, authority: Authority, options: AdoptOptions) => Adopted = later;
  halt: (id: string, request: { reason: string; by: string }) => Changed = later;
  spawn: (options: SpawnOptions) => Spawn = later;
  check: (id: string, options?: CheckOptions) => Changed = later;
  attribute: (id: string, pid: number | null) => Changed = later;
  enterLine: (request: LedgerRequest, waitMs: number) => number = later;
  leaveLine: (ticket: number) => void = later;
  /** Runs `write` inside the ledger's transaction, once it is sure that the lease holds. Throws what `write` throws. */
  guard: <T>(id: string, secret: string, write: () => T, options?: CheckOptions) => T = later;
  guardFile: (id: string, secret: string, file: GuardedFile) => Guarded = later;
  state: () => LedgerView = later;
  log: (options?: LogOptions) => LoggedEvent[] = later;
  compact: () => Compacted = later;
  verify: () => LedgerReport = later;
  close: () => void = later;
}
