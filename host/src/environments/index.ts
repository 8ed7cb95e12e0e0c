export { type BuiltEnvironment, buildEnvironment } from './build.ts';
export { changedPackages } from './changed-packages.ts';
export type { BuildOptions } from './build-options.ts';
export { type CondaKind, condaKinds, isCondaKind } from './conda/kinds.ts';
export { findCondaTool } from './conda/tool.ts';
export { cjmVariables } from './cjm-variables.ts';
export { contentHash } from './content-hash.ts';
export { diskFullError, isDiskFull } from './failure.ts';
export {
  type EnvironmentEstimate,
  estimateEnvironment,
  type EstimateOptions,
  type PackageEstimate,
} from './estimate/index.ts';
export { fetchTools } from './fetch-tools.ts';
export { requirementIdentity } from './identity.ts';
export { Interpreters, type Interpreter } from './interpreters.ts';
export { Machine } from './machine.ts';
export { type EnvironmentPlan, planEnvironment } from './plan.ts';
export { satisfies, whyNotARange } from './python-versions.ts';
export { type EnvironmentRecord, essentialOf, readBuilt, readRecord } from './record.ts';
export type {
  CommandPackage,
  CommandRequirement,
  CondaRequirement,
  EnvironmentKind,
  EnvironmentRequirement,
  LocalPackage,
  NpmRequirement,
  PackageJson,
  PythonRequirement,
} from './requirement.ts';
export { processesIn, type Removal, removeEnvironment } from './remove.ts';
export { runTool, type ToolEnd, type ToolRun } from './run-tool.ts';
export { locateSdk, type SdkIdentity, sdkIdentity, type SdkLocations } from './sdk.ts';
export { publish, type Snapshot, snapshotSource } from './snapshot.ts';
export { removeUnused, type Unused, unusedEnvironments } from './unused.ts';
export { forgetUser, forgetUsers, recordUser, refersTo, usersOf } from './users.ts';
export { type ConsentQuestion, uvVersion } from './uv.ts';
export { type ChildEnvironmentOptions, childEnvironment, isNeverPassed } from './variables.ts';
export { diagnoseEnvironment, type Verification, verifyEnvironment } from './verify.ts';
export { environmentVariables, workerCommand } from './worker-command.ts';
