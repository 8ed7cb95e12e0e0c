export { Binding, type CallOptions } from './calls.ts';
export { createHost, type CreateHostOptions } from './create-host.ts';
export * from './declared.ts';
export { findLeftovers, type HostOptions, openHost } from './host.ts';
export { Host, type HostStats } from './host-surface.ts';
export type {
  ConfigChange,
  ConfigReport,
  ConfigSource,
  InstanceKind,
  InstanceState,
  InstanceView,
  LoadRequest,
  LoadResult,
  ManyOptions,
  PhaseOptions,
  PrefetchReport,
  ReloadOptions,
  UnloadOptions,
  UnloadResult,
} from './instances/index.ts';
export type { JobRequest } from './job-requests.ts';
export {
  type AcquireAnswer,
  type Authority,
  type Claim,
  type DeskAdopted,
  type DeskChanged,
  type DeskList,
  type LeaseDesk,
  type LeaseRequest,
  type Leases,
  type LeaseView,
  openLeaseDesk,
  type Waits,
} from './lease-desk.ts';
export type {
  Device,
  HeldLease,
  MachineReport,
  ResidentUse,
  WaitingHolder,
} from './machine-report.ts';
export { bytesText } from './kernel/index.ts';
export { type MachineSnapshot, Monitor } from './resources/index.ts';
export {
  type HostEvent,
  isJournaled,
  JobStream,
  type JobStreamOptions,
  type LiveEvent,
  type StreamOptions,
} from './queue/index.ts';
export {
  type ArtifactRow,
  type AttemptRow,
  type CancelJobDecision,
  type CancelRunReport,
  type HostInfo,
  type JobFilter,
  type JobPage,
  type JobRow,
  type JobStats,
  type JobSummary,
  type JournaledEvent,
  type JournalFilter,
  type JournalRow,
  type LogFilter,
  type ProfileFilter,
  type ProfileRow,
  networkFilesystem,
  readHostInfo,
  type DroppedCount,
  type PruneReport,
  type RebuildReport,
  type ReplayReport,
  type Retention,
  type RunFilter,
  type RunRow,
  type StoredLine,
  type VerifyReport,
} from './stores/index.ts';
export { type JobReport, openReader, WorkspaceView } from './workspace-view.ts';
export { registerWireType, typedValue, type WireTypeOptions } from '@capstan/protocol';
