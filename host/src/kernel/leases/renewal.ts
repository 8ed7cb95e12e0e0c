import { allowed, type Authority, type Do, type Refused } from './decided.ts';
import type { LedgerState } from './state.ts';
import { termProblem } from './term.ts';

export interface RenewalFacts {
  authority: Authority;
  nowMs: number;
  /** Null: as it had. */
  termMs: number | null;
  maxTermMs: number;
  /** Nothing is recorded while the last renewal is younger than this; 0: always. */
  floorMs: number;
}

/** Starts the term anew. Only a live lease has one: the caller expires first what is over. */
export function renewal(
  state: LedgerState,
  leaseId: string,
  { authority, nowMs, termMs: asked, maxTermMs, floorMs }: RenewalFacts,
): Do<'renewed'> | { kind: 'coalesced' } | Refused {
  const found = allowed(state, leaseId, authority);
  if (found.kind === 'refused') return found;
  const { lease } = found;
  const termMs = asked ?? lease.termMs;
  const problem = termProblem(termMs, lease.holder.process !== null, maxTermMs);
  if (problem !== null && asked !== null) return problem;
  const isYoung = floorMs > 0 && nowMs - lease.renewedMs < floorMs;
  if (termMs === lease.termMs && isYoung) return { kind: 'coalesced' };
  const expiresMs = termMs === null ? null : nowMs + termMs;
  const payload = { renewedMs: nowMs, termMs, expiresMs };
  return { kind: 'do', event: { type: 'renewed', leaseId, payload } };
}
