import type { Lease } from '../leases/lease.ts';
import type { ClaimRequest } from './decision.ts';

/** Tells the leases that never stand in a request's way: its holder's, its run's, its parent's and those above that. */
export function kinOf(
  { holder, runId, parent = null }: ClaimRequest,
  live: readonly Lease[],
): (lease: Lease) => boolean {
  const above = parent === null ? none : ancestors(parent, live);
  return (lease) =>
    lease.holder.name === holder ||
    (runId !== null && lease.runId === runId) ||
    (above.size > 0 && above.has(lease.id));
}

const none: ReadonlySet<string> = new Set();

function ancestors(parent: string, live: readonly Lease[]): ReadonlySet<string> {
  const parents = new Map(live.map((lease) => [lease.id, lease.parent]));
  const found = new Set<string>();
  for (let at: string | null = parent; at !== null && !found.has(at); ) {
    found.add(at);
    at = parents.get(at) ?? null;
  }
  return found;
}

/**
 * Holders, counted: leases of one name, of one run, or of a parent and its children are those of one. Leaves out the
 * holders who are kin of whoever asks.
 */
export function othersAmong(leases: readonly Lease[], isKin: (lease: Lease) => boolean): Lease[][] {
  const above: number[] = [];
  const top = (at: number): number => {
    let found = at;
    while (above[found] !== found) found = above[found] ?? found;
    above[at] = found;
    return found;
  };
  const first = new Map<string, number>();
  for (const [at, lease] of leases.entries()) {
    above.push(at);
    for (const key of keysOf(lease)) {
      const other = first.get(key);
      if (other === undefined) first.set(key, at);
      else above[top(at)] = top(other);
    }
  }
  const groups = new Map<number, Lease[]>();
  for (const [at, lease] of leases.entries()) {
    const group = groups.get(top(at));
    if (group === undefined) groups.set(top(at), [lease]);
    else group.push(lease);
  }
  return [...groups.values()].filter((group) => !group.some(isKin));
}

function keysOf({ id, holder, runId, parent }: Lease): string[] {
  const keys = [`holder ${holder.name}`, `lease ${id}`];
  if (runId !== null) keys.push(`run ${runId}`);
  if (parent !== null) keys.push(`lease ${parent}`);
  return keys;
}
