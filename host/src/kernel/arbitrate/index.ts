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
export { blockerText, decisionLines } from './wording.ts';
