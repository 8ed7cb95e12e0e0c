import type { Claim, NameClaim, RegionClaim } from '../claims/claim.ts';
import { namesConflict, type Overlap, regionConflict } from '../claims/conflict.ts';
import { alonePrefix } from '../claims/expand.ts';
import type { Lease, Waiter } from '../leases/lease.ts';
import type { Blocker } from './decision.ts';
import type { Option } from './options.ts';

/** Somebody who holds what is asked for. */
export interface Obstacle {
  code: 'REGION_HELD' | 'NAME_HELD' | 'LANE_HELD' | 'LANE_ALONE';
  /** What of the request it stands in the way of. */
  asked: NameClaim | RegionClaim;
  blocker: Blocker;
}

/** Every lease that holds a region or a name of the option, or all alone; kin do not count. */
export function obstaclesOf(
  option: Option,
  live: readonly Lease[],
  isKin: (lease: Lease) => boolean,
): Obstacle[] {
  const found: Obstacle[] = [];
  const { names, regions } = option;
  const alone = names.find(isAlone);
  for (const lease of live) {
    const before = found.length;
    for (const held of lease.claims) {
      if (held.kind === 'quantity') continue;
      if (held.kind === 'region') {
        for (const asked of regions) {
          if (asked.mode === 'shared' && held.mode === 'shared') continue;
          const overlap = regionConflict(asked, held);
          if (overlap !== null) found.push(regionHeld(asked, held, lease, overlap));
        }
      } else if (isAlone(held)) {
        const asked = names[0] ?? regions[0] ?? held;
        found.push({ code: 'LANE_ALONE', asked, blocker: blockerOf(lease, held) });
      } else {
        for (const asked of names) {
          if (namesConflict(asked, held)) found.push(nameHeld(asked, held, lease));
        }
      }
    }
    if (alone !== undefined && found.length === before) {
      const blocker = blockerOf(lease, lease.claims[0] ?? null);
      found.push({ code: 'LANE_ALONE', asked: alone, blocker });
    }
    // Who it is matters only for those few that are in the way.
    if (found.length > before && isKin(lease)) found.length = before;
  }
  return found;
}

/** What is in the way of the first claim first, and of several the one that was granted first. */
export function inOrder(obstacles: readonly Obstacle[], { claims }: Option): Obstacle[] {
  if (obstacles.length < 2) return [...obstacles];
  const place = new Map(claims.map((claim, at) => [claim, at] as const));
  return obstacles.toSorted(
    (a, b) =>
      (place.get(a.asked) ?? 0) - (place.get(b.asked) ?? 0) ||
      (a.blocker.sinceMs ?? 0) - (b.blocker.sinceMs ?? 0) ||
      compare(a.blocker.leaseId ?? '', b.blocker.leaseId ?? ''),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Does one that waits want a region or a name that the option would take? A pattern of each side, or just that. */
export function wantsSame(option: Option, claims: Option, toleratesOverlap: boolean): Claim | null {
  const alone = claims.names.find(isAlone);
  if (alone !== undefined) return alone;
  if (option.names.some(isAlone)) return claims.claims[0] ?? null;
  for (const wanted of claims.names) {
    if (option.names.some((asked) => namesConflict(asked, wanted))) return wanted;
  }
  if (toleratesOverlap) return null;
  for (const wanted of claims.regions) {
    if (option.regions.some((asked) => regionConflict(asked, wanted) !== null)) return wanted;
  }
  return null;
}

/** Does the lease keep somebody else from getting this? */
export function holdsAgainst({ claims }: Lease, wanted: Claim): boolean {
  if (wanted.kind === 'quantity') return false;
  if (wanted.kind === 'name' && isAlone(wanted)) return true;
  return claims.some((held) => {
    if (held.kind === 'quantity') return false;
    if (held.kind === 'name' && isAlone(held)) return true;
    if (held.kind === 'name') return wanted.kind === 'name' && namesConflict(wanted, held);
    return wanted.kind === 'region' && regionConflict(wanted, held) !== null;
  });
}

export const isAlone = ({ name }: NameClaim): boolean => name.startsWith(alonePrefix);

export function blockerOf(lease: Lease, claim: Blocker['claim']): Blocker {
  return {
    leaseId: lease.id,
    ticket: null,
    holder: lease.holder.name,
    claim,
    sinceMs: lease.acquiredMs,
    untilMs: lease.expiresMs,
    purpose: lease.purpose,
  };
}

export function waiterBlocker(waiter: Waiter, claim: Blocker['claim']): Blocker {
  return {
    leaseId: null,
    ticket: waiter.ticket,
    holder: waiter.holder.name,
    claim,
    sinceMs: waiter.sinceMs,
    untilMs: waiter.untilMs,
    purpose: waiter.purpose,
  };
}

function regionHeld(
  asked: RegionClaim,
  held: RegionClaim,
  lease: Lease,
  overlap: Overlap,
): Obstacle {
  return { code: 'REGION_HELD', asked, blocker: { ...blockerOf(lease, held), overlap } };
}

function nameHeld(asked: NameClaim, held: NameClaim, lease: Lease): Obstacle {
  const code = asked.name.startsWith('lane:') ? 'LANE_HELD' : 'NAME_HELD';
  return { code, asked, blocker: blockerOf(lease, held) };
}
