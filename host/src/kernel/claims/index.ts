export type { ClaimProblem } from './check.ts';
export { checkClaims, claimLimits } from './check.ts';
export type { Claim, Mode, NameClaim, QuantityClaim, RegionClaim } from './claim.ts';
export type { Overlap } from './conflict.ts';
export { namesConflict, regionConflict } from './conflict.ts';
export { withLanes } from './expand.ts';
export { labelProblem } from './label.ts';
