export { arbitrate } from './arbitrate.ts';
export type {
  Blocker,
  Capacity,
  ClaimRequest,
  Decision,
  Lane,
  Policy,
  ResourceCapacity,
  World,
} from './decision.ts';
export { rankAlternatives } from './rank.ts';
export { blockerText, claimText } from './blocker-text.ts';
export { decisionLines } from './wording.ts';
