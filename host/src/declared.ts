/**
 * What is declared, recorded and installed in a workspace, and what can be checked about it: the part of
 * the runtime that starts nothing and opens no database. Commands that only look at it load only this.
 */
export type {
  ActionDescription,
  Json,
  JsonObject,
  JsonSchema,
  WireError,
} from '@capstan/protocol';
export {
  type AdapterManifest,
  adaptersForTask,
  capabilitiesCompatibleWith,
  compatibilityOf,
  compatibleWithPlatform,
  installedNames,
  lineRange,
  type MatchVerdict,
  performRemoval,
  planRemoval,
  readAdapterManifests,
  readManifests,
  type RegeneratedCapability,
  regenerateManifests,
  type RemovalPlan,
  sharesEnvironment,
  type Manifest,
  type CapabilityDeclaration,
  type CapabilityReport,
  didYouMean,
  findWorkspace,
  type InstallEvent,
  type InstallReport,
  installCapabilities,
  type InstalledCapability,
  loadInstalled,
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
  readComposition,
  type RunReport,
  sequence,
  singleCall,
  uniform,
} from './compositions/index.ts';
export {
  type ConsentQuestion,
  Interpreters,
  Machine,
  readRecord,
  verifyEnvironment,
} from './environments/index.ts';
export { HostError } from './errors.ts';
export { type InstalledCatalog, readCatalog, refreshedCatalog } from './installed-catalog.ts';
export { machinePaths, workspacePaths } from './paths.ts';
export {
  givenPassphrase,
  hasKeychain,
  type ProtectionChoice,
  SecretStore,
  type SecretsState,
  shortValueWarning,
} from './secrets/index.ts';
