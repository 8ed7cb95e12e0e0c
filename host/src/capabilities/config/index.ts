export { assignedSettings, type Assignment } from './assignments.ts';
export { type CheckedConfig, checkConfig, schemaFault } from './check.ts';
export { confidentialProblems, maskedConfig, passwordsIn } from './confidential.ts';
export { configError } from './declared.ts';
export {
  configHash,
  type ConfigSource,
  effectiveConfig,
  type EffectiveConfig,
} from './effective.ts';
export { readSettings, settingsIn } from './file.ts';
export { mergeOptions } from './options.ts';
export { type ConfigProblem, problemLines } from './problem.ts';
export { dropUnknown } from './unknown.ts';
