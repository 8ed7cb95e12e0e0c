export type { JournaledEvent, ProjectedEventType, ReportedEventType } from './events.ts';
export type { VerifyProblem, VerifyReport } from './journal/verify.ts';
export type { JobFilter, JournalFilter, RunFilter } from './reader/filters.ts';
export { type PendingJob, Reader } from './reader/reader.ts';
export type {
  ArtifactRecord,
  ArtifactRow,
  AttemptRow,
  JobRow,
  JournalRow,
  RunNodeRow,
  RunRow,
} from './rows.ts';
export type {
  AttemptOutcome,
  Binder,
  BindScope,
  EventSpec,
  JobSpec,
  NodeSpec,
  RunSpec,
} from './specs.ts';
export { StateStore, type StoreOptions } from './state-store.ts';
export type { Wedge } from './writer/link.ts';
export type {
  CancelJobDecision,
  CancelRunReport,
  DecideAnswer,
  FinishDecision,
  RecoveryReport,
  StartDecision,
  WaitNote,
} from './writer/operations/index.ts';
