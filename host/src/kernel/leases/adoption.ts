import { holdsAgainst } from '../arbitrate/obstacles.ts';
import { allowed, type Authority, type Do, type Refused } from './decided.ts';
import type { Holder, Lease } from './lease.ts';
import type { LedgerState } from './state.ts';
import { termProblem, type TermRules } from './term.ts';

export interface AdoptionFacts {
  authority: Authority;
  holder: Holder;
  /** Of the new secret; the former one is good for nothing from then on. */
  secretHash: string;
  bootId: string;
  nowMs: number;
  term: TermRules;
}

/**
 * Hands a live lease to a new holder, who keeps its claims, its term and its children. It gets a new token, so that what
 * its former holder still writes is fenced off.
 */
export function adoption(
  state: LedgerState,
  leaseId: string,
  { authority, holder, secretHash, bootId, nowMs, term }: AdoptionFacts,
): Do<'adopted'> | Refused {
  const found = allowed(state, leaseId, authority);
  if (found.kind === 'refused') return found;
  const { lease } = found;
  const other = newlyInTheWay(state, lease, holder.name);
  if (other !== null) return other;
  const isBound = holder.process !== null;
  const termMs = lease.termMs ?? (isBound ? null : term.defaultMs);
  const problem = termProblem(termMs, isBound, Number.MAX_SAFE_INTEGER);
  if (problem !== null) return problem;
  const payload = {
    holder,
    from: lease.holder.name,
    by: authority.kind === 'holder' ? lease.holder.name : authority.name,
    token: state.token + 1,
    secretHash,
    bootId,
    renewedMs: nowMs,
    termMs,
    expiresMs: termMs === null ? null : nowMs + termMs,
  };
  return { kind: 'do', event: { type: 'adopted', leaseId, payload } };
}

/**
 * Two leases of one holder may have the same claims; those of two holders may not, and so such a lease is not handed to
 * another one.
 */
function newlyInTheWay(state: LedgerState, lease: Lease, holder: string): Refused | null {
  const { name } = lease.holder;
  if (holder === name) return null;
  for (const other of state.leases.values()) {
    if (other.id === lease.id || other.holder.name !== name) continue;
    if (lease.runId !== null && other.runId === lease.runId) continue;
    if (isAbove(state, lease, other) || isAbove(state, other, lease)) continue;
    if (!exclude(lease, other) && !exclude(other, lease)) continue;
    return {
      kind: 'refused',
      code: claimedBy(lease),
      reason: `${name} holds some of ${lease.id} by ${other.id} too, and ${holder} may not share it.`,
      hint: `Release ${other.id} first.`,
    };
  }
  return null;
}

const claimedBy = ({ claims }: Lease): 'REGION_HELD' | 'NAME_HELD' =>
  claims.some(({ kind }) => kind === 'region') ? 'REGION_HELD' : 'NAME_HELD';

const exclude = (held: Lease, wanting: Lease): boolean =>
  wanting.claims.some((claim) => holdsAgainst(held, claim));

function isAbove({ leases }: LedgerState, upper: Lease, lower: Lease): boolean {
  for (let at = lower.parent; at !== null; at = leases.get(at)?.parent ?? null) {
    if (at === upper.id) return true;
  }
  return false;
}
