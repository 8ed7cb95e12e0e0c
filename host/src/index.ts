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
  type NodeReport,
  type RunReport,
  singleCall,
} from './compositions/index.ts';
export { HostError } from './errors.ts';
export { Host, type HostOptions, openHost } from './host.ts';
export { type InstalledCatalog, readCatalog } from './installed-catalog.ts';
export { machinePaths, workspacePaths } from './paths.ts';
export type { HostEvent } from './queue/index.ts';
export type { JobRow, JournalRow, LogFilter, RunRow, StoredLine } from './stores/index.ts';
export { type JobReport, openReader, WorkspaceView } from './workspace-view.ts';
