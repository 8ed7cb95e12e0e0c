import { type ErrorCode, errorTable } from './error-table.ts';
import { HostError } from './errors.ts';
import type { Claim } from './kernel/claims/claim.ts';
import { listed, nearest } from './kernel/nearest.ts';
import { compileRegion } from './kernel/regions/index.ts';
import { checkScope, type Scope } from './kernel/scope.ts';
import type { LeaseView } from './lease-desk.ts';
import { resolveRegion } from './leases/region.ts';

export { treePaths } from './leases/evidence/tree-paths.ts';
export type { Scope } from './kernel/scope.ts';

/** Where files may lie: patterns of a tree in their normal form. */
export interface ScopeRegion {
  patterns: readonly string[];
  foldsCase: boolean;
}

/** Patterns as they were typed. `root` is the real path of the tree. Throws REGION_EMPTY, REGION_INVALID, REGION_OUTSIDE_TREE. */
export function typedRegion(root: string, patterns: readonly string[]): ScopeRegion {
  const found = resolveRegion(root, patterns);
  if (found.kind === 'region') {
    const { claim } = found;
    return { patterns: claim.patterns, foldsCase: claim.foldsCase === true };
  }
  const { code, reason, hint } = found;
  const known = Object.hasOwn(errorTable, code) ? (code as ErrorCode) : 'REGION_INVALID';
  throw new HostError(known, reason, { hint });
}

/** The paths that a lane is declared with. Throws LANE_UNKNOWN, and REGION_EMPTY for one without paths. */
export async function laneRegion(root: string, name: string): Promise<ScopeRegion> {
  const { leaseRules } = await import('./lease-desk.ts');
  const { lanes } = await leaseRules(root);
  const lane = Object.hasOwn(lanes, name) ? lanes[name] : undefined;
  if (lane === undefined) throw unknownLane(name, Object.keys(lanes));
  if (lane.paths !== undefined && lane.paths.length > 0) return typedRegion(root, lane.paths);
  throw new HostError(
    'REGION_EMPTY',
    `The lane ${name} is declared without paths, so nobody can tell what lies in it.`,
    {
      hint: `Give it some in capstan.yaml: \`lanes: {${name}: {paths: ['src/**']}}\`.`,
      details: { lane: name },
    },
  );
}

function unknownLane(name: string, known: readonly string[]): HostError {
  const guess = nearest(name, known);
  const there = known.length === 0 ? 'capstan.yaml declares none.' : `Lanes: ${listed(known)}.`;
  return new HostError('LANE_UNKNOWN', `There is no lane ${JSON.stringify(name)}.`, {
    hint: guess === null ? there : `Did you mean ${guess}? ${there}`,
    details: { lane: name, known },
  });
}

/** What a lease holds of this tree. Throws REGION_EMPTY where that is nothing. */
export function leaseRegion(
  root: string,
  { id, claims }: Pick<LeaseView, 'id' | 'claims'>,
): ScopeRegion {
  const regions = claims.filter((claim) => claim.kind === 'region');
  const here = regions.filter(({ tree }) => tree === root);
  if (here.length > 0) {
    return {
      patterns: here.flatMap(({ patterns }) => patterns),
      foldsCase: here.some(({ foldsCase }) => foldsCase === true),
    };
  }
  const [elsewhere] = regions;
  throw new HostError(
    'REGION_EMPTY',
    `The lease ${id} holds no part of ${root}: ${whatElse(claims)}.`,
    {
      hint:
        elsewhere === undefined
          ? 'Acquire one with `--region`, or name the patterns: `capstan scope --region GLOB …`.'
          : `Ask there: \`capstan -C ${elsewhere.tree} scope --lease ${id} …\`.`,
      details: { id },
    },
  );
}

function whatElse(claims: readonly Claim[]): string {
  const names = claims.map((claim) => {
    if (claim.kind === 'region') return `a part of ${claim.tree}`;
    return claim.kind === 'name' ? claim.name : claim.resource;
  });
  return `it is for ${listed([...new Set(names)])}`;
}

/** Files that differ from the last commit, or from where `base` parted. Throws GIT_FAILED. */
export async function filesFromGit(
  root: string,
  base: string | null,
  env: { readonly [name: string]: string | undefined },
): Promise<string[]> {
  // A child process is loaded for whoever asks git, and for nobody else.
  const { changedFiles } = await import('./leases/evidence/changed-files.ts');
  const changed = await changedFiles(root, base, env);
  if (changed.kind === 'files') return changed.files;
  throw new HostError('GIT_FAILED', `Git cannot say what changed in ${root}: ${changed.why}.`, {
    details: { root, base },
  });
}

/** Do the files lie in the region? Paths are those of the tree, with slashes. */
export function scopeOf(
  region: ScopeRegion,
  files: readonly string[],
  { tolerate = 0, shared = null }: { tolerate?: number; shared?: ScopeRegion | null } = {},
): Scope {
  return checkScope({
    region: compiled(region),
    files,
    tolerate,
    ...(shared === null ? {} : { shared: compiled(shared) }),
  });
}

const compiled = ({ patterns, foldsCase }: ScopeRegion) =>
  compileRegion({ patterns, ...(foldsCase ? { foldsCase } : {}) });
