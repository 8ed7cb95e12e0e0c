import { allowed, type Authority, type Do, type Refused } from './decided.ts';
import type { Holder } from './lease.ts';
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
