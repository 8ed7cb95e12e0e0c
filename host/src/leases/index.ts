export {
  type AcquireAnswer,
  type DeskAdopted,
  type DeskChanged,
  type DeskList,
  type DeskOptions,
  LeaseDesk,
  type WaitOptions,
} from './desk.ts';
export type { LeaseView, WhichLedger } from './view.ts';
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
  LedgerReport,
  LedgerService,
  LedgerView,
  LoggedEvent,
  LogOptions,
} from './service.ts';
export { directLedger, type DirectOptions } from './direct.ts';
export { LedgerThread } from './thread/ledger-thread.ts';
export type { Spawn } from '../kernel/leases/index.ts';
export type { Compacted } from '../stores/ledger/index.ts';
export { type Machine, thisMachine } from './machine.ts';
