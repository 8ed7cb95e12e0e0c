import type { Lane, Policy } from '../arbitrate/decision.ts';
import { listed, nearest } from '../nearest.ts';
import type { ClaimProblem } from './check.ts';
import type { Claim, Mode, NameClaim, RegionClaim } from './claim.ts';

/** Begins the name that whoever holds a lane `alone` holds. */
export const alonePrefix = 'alone:';

/**
 * The claims with all that comes with their lanes: forced exclusivity, the region of its paths, a place in its class,
 * and that nobody else may hold anything. An unknown lane is a mistake and never passed over.
 */
export function withLanes(
  claims: readonly Claim[],
  policy: Policy,
): { kind: 'claims'; claims: readonly Claim[] } | ({ kind: 'refused' } & ClaimProblem) {
  if (!claims.some((claim) => claim.kind === 'name')) return { kind: 'claims', claims };
  const expanded: Claim[] = [];
  for (const given of claims) {
    const claim = given.kind === 'name' ? composed(given) : given;
    if (!isLane(claim)) {
      expanded.push(claim);
      continue;
    }
    const name = claim.name.slice(lanePrefix.length);
    const lane = Object.hasOwn(policy.lanes, name) ? policy.lanes[name] : undefined;
    if (lane === undefined) return { kind: 'refused', ...unknownLane(name, policy) };
    expanded.push(...claimsOf(claim, name, lane, policy, treeIn(claims, policy)));
  }
  return { kind: 'claims', claims: expanded };
}

/** Names that look the same are the same. */
function composed(claim: NameClaim): NameClaim {
  const name = claim.name.normalize('NFC');
  return name === claim.name ? claim : { ...claim, name };
}

const lanePrefix = 'lane:';
const isLane = (claim: Claim): claim is NameClaim =>
  claim.kind === 'name' && claim.name.startsWith(lanePrefix);

function claimsOf(
  claim: NameClaim,
  name: string,
  lane: Lane,
  policy: Policy,
  tree: string,
): Claim[] {
  const mode = lane.isExclusive === true || lane.isAlone === true ? 'exclusive' : claim.mode;
  const claims: Claim[] = [mode === claim.mode ? claim : { ...claim, mode }];
  if (lane.paths !== undefined && lane.paths.length > 0) {
    claims.push(regionOf(name, lane.paths, mode, tree, policy.foldsCase));
  }
  if (lane.class !== undefined) {
    claims.push({ kind: 'quantity', resource: `class:${lane.class}`, amount: 1 });
  }
  if (lane.isAlone === true) {
    claims.push({ kind: 'name', name: `${alonePrefix}${name}`, mode: 'exclusive' });
  }
  return claims;
}

/** The same object for the same lane, so that its patterns are compiled once. */
const regions = new WeakMap<readonly string[], RegionClaim[]>();

const lanesOfRegions = new WeakMap<RegionClaim, string>();

/** The lane that a region came with; null for one that was asked for. */
export const laneOf = (region: RegionClaim): string | null => lanesOfRegions.get(region) ?? null;

function regionOf(
  lane: string,
  patterns: readonly string[],
  mode: Mode,
  tree: string,
  foldsCase: true | undefined,
): RegionClaim {
  const known = regions.get(patterns) ?? [];
  const found = known.find(
    (one) => one.mode === mode && one.tree === tree && one.foldsCase === foldsCase,
  );
  if (found !== undefined) return found;
  const region: RegionClaim = {
    kind: 'region',
    tree,
    patterns,
    mode,
    ...(foldsCase === true ? { foldsCase } : {}),
  };
  regions.set(patterns, [...known, region]);
  lanesOfRegions.set(region, lane);
  return region;
}

function treeIn(claims: readonly Claim[], { tree }: Policy): string {
  return tree ?? claims.find((claim) => claim.kind === 'region')?.tree ?? '.';
}

function unknownLane(name: string, { lanes }: Policy): ClaimProblem {
  const known = Object.keys(lanes).toSorted();
  const close = nearest(name, known);
  const choice =
    known.length === 0
      ? 'Declare it under `lanes:` in capstan.yaml, or take any name with `--name`.'
      : `${close === null ? '' : `Did you mean ${JSON.stringify(close)}? `}Known lanes: ${listed(known, 20)}.`;
  return {
    code: 'LANE_UNKNOWN',
    reason: `capstan.yaml declares no lane ${JSON.stringify(name)}${known.length === 0 ? ', nor any other' : ''}`,
    hint: choice,
  };
}
