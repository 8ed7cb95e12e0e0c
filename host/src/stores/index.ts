export { Diagnostics } from './diagnostics/diagnostics.ts';
export {
  type DiagnosticLine,
  type DroppedCount,
  type Level,
  levels,
  type StoredLine,
} from './diagnostics/line.ts';
export { pruneDiagnostics, type PruneReport, type Retention } from './diagnostics/prune.ts';
export { DiagnosticsReader, type LogFilter } from './diagnostics/reader.ts';
export {
  type EventPayloads,
  type JournaledEvent,
  payloadOf,
  type ProjectedEventType,
  type ReportedEventType,
  type SeatRecord,
} from './events.ts';
export { type ForeignSettings, readForeignSettings } from './foreign-settings.ts';
export { journaledEvent } from './journal/event.ts';
export type { VerifyProblem } from './journal/findings.ts';
export type { RebuildReport } from './journal/rebuild.ts';
export type { ReplayReport } from './journal/replay-check.ts';
export type { VerifyReport } from './journal/verify.ts';
export { type HostInfo, HostLock, readHostInfo } from './lock/host-lock.ts';
export { networkFilesystem } from './file/network.ts';
export type { JobFilter, RunFilter } from './reader/filters.ts';
export type { JobSummary } from './reader/job-row.ts';
export type { JournalFilter } from './reader/journal-filter.ts';
export type { JobStats, Outcomes, Spread } from './reader/stats.ts';
export { openReader, type WorkspaceReader } from './reader/open.ts';
export { type JobPage, type PendingJob, Reader } from './reader/reader.ts';
export type {
  ArtifactRecord,
  ArtifactRow,
  AttemptRow,
  CancelPhase,
  InstanceRow,
  JobRow,
  JournalRow,
  ByDevice,
  CallResources,
  ProfileRow,
  RunNodeRow,
  RunRow,
} from './rows.ts';
export type {
  AttemptOutcome,
  Binder,
  BindScope,
  EventOrigin,
  EventSpec,
  EventText,
  InstanceConfiguration,
  JobSpec,
  Measured,
  ProfileFilter,
  NodeSpec,
  RetryPolicy,
  RunSpec,
} from './specs.ts';
export { StateStore, type StoreOptions } from './state-store.ts';
export { runNotOver } from './writer/operations/run-not-over.ts';
export type { Wedge } from './writer/link.ts';
export type { AcceptedJob } from './writer/messages.ts';
export { accountTypes } from './writer/operations/accounts.ts';
export type {
  CancelJobDecision,
  CancelPhaseDecision,
  CancelRunReport,
  DecideAnswer,
  ExpireReport,
  FinishDecision,
  Place,
  RecoveryReport,
  Reordered,
  RunRetried,
  StartDecision,
  WaitNote,
} from './writer/operations/index.ts';
