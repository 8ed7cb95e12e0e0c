export type {
  ActionDescription,
  Json,
  JsonObject,
  JsonSchema,
  WireError,
} from '@capstan/protocol';
export {
  type CapabilityDeclaration,
  type CapabilityReport,
  didYouMean,
  findWorkspace,
  type InstallEvent,
  type InstallReport,
  installCapabilities,
  type InstalledCapability,
  loadInstalled,
  nearest,
  readWorkspace,
  staleCapabilities,
  type Workspace,
} from './capabilities/index.ts';
export {
  type AnyComposition,
  type Catalog,
  checkComposition,
  type Composition,
  type CompositionNode,
  type CompositionSource,
  composition,
  loadComposition,
  type LocatedProblem,
  type NodeReport,
  type RunReport,
  singleCall,
} from './compositions/index.ts';
export {
  type ConsentQuestion,
  Interpreters,
  Machine,
  readRecord,
  verifyEnvironment,
} from './environments/index.ts';
export { HostError } from './errors.ts';
export { findLeftovers, Host, type HostOptions, openHost } from './host.ts';
export { type InstalledCatalog, readCatalog, refreshedCatalog } from './installed-catalog.ts';
export { machinePaths, workspacePaths } from './paths.ts';
export type { HostEvent } from './queue/index.ts';
export {
  type ArtifactRow,
  type AttemptRow,
  type CancelJobDecision,
  type CancelRunReport,
  type HostInfo,
  type JobFilter,
  type JobRow,
  type JournaledEvent,
  type JournalFilter,
  type JournalRow,
  type LogFilter,
  networkFilesystem,
  readHostInfo,
  type RunFilter,
  type RunRow,
  type StoredLine,
  type VerifyReport,
} from './stores/index.ts';
export { type JobReport, openReader, WorkspaceView } from './workspace-view.ts';
