export {
  countedCapacity,
  isMachineResource,
  isMeasured,
  policyOf,
  policyWithout,
} from './policy.ts';
export { findRules, type FoundRules, keepRules, type RulesSource } from './rules-cache.ts';
