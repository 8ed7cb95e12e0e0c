export {
  assignedSettings,
  type Assignment,
  checkConfig,
  type CheckedConfig,
  type ConfigProblem,
  confidentialProblems,
  configHash,
  type ConfigSource,
  dropUnknown,
  effectiveConfig,
  type EffectiveConfig,
  maskedConfig,
  passwordsIn,
  mergeOptions,
  problemLines,
  readSettings,
  settingsIn,
} from './config/index.ts';
export { writeAtomically } from './atomic-write.ts';
export { withOffers } from './cjm/foreign.ts';
export { entriesText, withEntries } from './cjm/import/append.ts';
export { findCjm, type FoundCjm } from './cjm/import/find.ts';
export { generalNotes } from './cjm/import/general-notes.ts';
export type { FileProblem } from './cjm/import/manifests.ts';
export type { Note } from './cjm/import/note.ts';
export { type ProposedEntry, propose } from './cjm/import/propose.ts';
export { recordUsersOf } from './known-users.ts';
export { findWorkspace, parseDeclarations, parseWorkspace, readWorkspace } from './declaration.ts';
export type { CapabilityDeclaration, DeclaredInstance, Workspace } from './declaration.ts';
export { type AdapterManifest, readAdapterManifests } from './adapter-manifest.ts';
export { type FoundManifests, installedNames, readManifests } from './manifests.ts';
export { type RegeneratedCapability, regenerateManifests } from './regenerate.ts';
export { planRemoval, type RemovalPlan } from './removal-plan.ts';
export { performRemoval } from './remove.ts';
export {
  adaptersForTask,
  capabilitiesCompatibleWith,
  compatibilityOf,
  compatibleWithPlatform,
  type OfferedAdapter,
  sharesEnvironment,
} from './adapters.ts';
export { estimateCapabilities, type EstimateReport } from './estimate.ts';
export { installCapabilities } from './install.ts';
export type { CapabilityReport, InstallEvent, InstallOptions, InstallReport } from './install.ts';
export { type Installed, type InstalledCapability, loadInstalled, withAdapters } from './load.ts';
export { type Manifest, parseManifest, readManifest, writeManifest } from './manifest.ts';
export { type MatchVerdict, matchAdapter, type ProtocolMembers } from './match.ts';
export {
  checkOverrides,
  type DeclaredVariables,
  declaredVariables,
  variablesDeclaredBy,
  variableToSet,
} from './declared-variables.ts';
export { didYouMean } from './did-you-mean.ts';
export {
  type EnvVarSpec,
  type EnvVarStatus,
  variableProblems,
  variableStatuses,
  visibleVariables,
} from './worker-env.ts';
export {
  contradicts,
  type Difference,
  schemaDifferences,
  surfaceDifferences,
  type Witness,
  witnesses,
} from './drift.ts';
export {
  canonicalHash,
  canonicalJson,
  JsonNumber,
  parsePythonJson,
  plainJson,
} from './python-json.ts';
export type { PythonJson, PythonObject } from './python-json.ts';
export { type EnvironmentChange, environmentChange } from './environment-change.ts';
export { ownSdk, sdkSkew } from './skew.ts';
export { type StaleCapability, staleCapabilities } from './stale.ts';
export { workspaceJsonSchema } from './schema.ts';
export { type Position, type Problem, problemsError, YamlText } from './yaml-text.ts';
export {
  type FileKind,
  type Finding,
  type ValidatedFile,
  validateFiles,
  validateWorkspace,
} from './validate/index.ts';
export {
  type CachePruning,
  type CacheResult,
  cachedResults,
  removeAbandoned,
  removeResults,
  resultsToPrune,
} from './cache.ts';
export { manifestNeeds, type Needs } from './needs.ts';
