export {
  type AcquireAnswer,
  type DeskAdopted,
  type DeskChanged,
  type DeskList,
  type DeskOptions,
  LeaseDesk,
  type LeaseView,
  type WaitOptions,
  type WhichLedger,
} from './desk.ts';
export { Ledger, type LedgerOptions } from './ledger.ts';
export { type ResolvedRegion, resolveRegion } from './region.ts';
export type {
  Adopted,
  AdoptOptions,
  Authority,
  Changed,
  CheckOptions,
  Granted,
  Guarded,
  GuardedFile,
  LeaseRequest,
  LedgerAnswer,
  LedgerRequest,
  NotDone,
  Refused,
  Renewed,
  RenewOptions,
  SpawnOptions,
  Waits,
} from './request.ts';
export type {
  Compacted,
  LedgerReport,
  LedgerService,
  LedgerView,
  LoggedEvent,
  LogOptions,
  Spawn,
} from './service.ts';
export { directLedger, LedgerThread } from './thread-service.ts';
