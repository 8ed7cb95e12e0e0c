import { type CompiledRegion, compileRegion, regionsIntersect } from '../regions/index.ts';
import type { NameClaim, RegionClaim } from './claim.ts';

/** Where two regions meet: a pattern of each, and a path that both match. */
export interface Overlap {
  asked: string;
  held: string;
  path: string;
}

/** Names exclude each other unless both are shared. */
export function namesConflict(asked: NameClaim, held: NameClaim): boolean {
  return asked.name === held.name && (asked.mode === 'exclusive' || held.mode === 'exclusive');
}

/** Where two regions could touch the same path; null where they cannot, or where both are shared. */
export function regionConflict(asked: RegionClaim, held: RegionClaim): Overlap | null {
  if (asked.mode === 'shared' && held.mode === 'shared') return null;
  if (asked.tree !== held.tree) return acrossTrees(asked, held);
  const met = regionsIntersect(compiled(asked), compiled(held));
  return met === null ? null : { asked: met.a, held: met.b, path: met.witness };
}

/** By claim: the claims of a lease are the same objects as long as it lives. */
const cache = new WeakMap<RegionClaim, CompiledRegion>();

export function compiled(region: RegionClaim): CompiledRegion {
  let found = cache.get(region);
  if (found === undefined) {
    found = compileRegion(region);
    cache.set(region, found);
  }
  return found;
}

/** A tree within the other one: its patterns mean the same paths from further above. */
function acrossTrees(asked: RegionClaim, held: RegionClaim): Overlap | null {
  const inAsked = below(asked.tree, held.tree);
  const inHeld = below(held.tree, asked.tree);
  if (inAsked === null && inHeld === null) return null;
  const a = inHeld === null ? asked : lifted(asked, inHeld, held.tree);
  const b = inAsked === null ? held : lifted(held, inAsked, asked.tree);
  const met = regionsIntersect(compileRegion(a), compileRegion(b));
  return met === null ? null : { asked: met.a, held: met.b, path: met.witness };
}

/** The path from a tree down to one inside it. */
function below(outer: string, inner: string): string | null {
  const start = outer.endsWith('/') ? outer : `${outer}/`;
  return inner.startsWith(start) ? inner.slice(start.length) : null;
}

function lifted(region: RegionClaim, path: string, tree: string): RegionClaim {
  const literal = path.replaceAll(/[*?[\]{}]/g, (one) => `[${one}]`);
  const patterns = region.patterns.map((pattern) => `${literal}/${pattern}`);
  return { ...region, tree, patterns };
}
