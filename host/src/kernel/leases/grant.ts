import type { Claim } from '../claims/claim.ts';
import { type Do, notLive, type Refused } from './decided.ts';
import type { Holder, Lease } from './lease.ts';
import type { LedgerState } from './state.ts';
import { termProblem } from './term.ts';

export interface GrantFacts {
  id: string;
  holder: Holder;
  /** As `arbitrate` granted them. */
  claims: readonly Claim[];
  bootId: string;
  nowMs: number;
  /** ISO 8601, UTC. */
  at: string;
  /** Null only for a process-bound one. */
  termMs: number | null;
  maxTermMs: number;
  purpose: string | null;
  parent: string | null;
  runId: string | null;
  secretHash: string;
  attributedPid: number | null;
  ticket: number | null;
  spawn: string | null;
  overtaken: readonly number[];
  /** Leases that it overlaps, as tolerated or forced. */
  overlaps: readonly string[];
}

/** The lease that a granted decision becomes. Its token is one more than any before it. */
export function grant(state: LedgerState, facts: GrantFacts): Do<'granted'> | Refused {
  const { id, holder, claims, bootId, nowMs, at, termMs, parent, ticket, spawn } = facts;
  const { purpose, runId, secretHash, attributedPid, overtaken, overlaps } = facts;
  if (parent !== null && !state.leases.has(parent)) return notLive(state, parent);
  const problem = termProblem(termMs, holder.process !== null, facts.maxTermMs);
  if (problem !== null) return problem;
  const lease: Lease = {
    id,
    holder,
    claims,
    token: state.token + 1,
    bootId,
    acquiredMs: nowMs,
    renewedMs: nowMs,
    termMs,
    expiresMs: termMs === null ? null : nowMs + termMs,
    acquiredAt: at,
    purpose,
    parent,
    runId,
    secretHash,
    attributedPid,
    halt: null,
  };
  const payload = { lease, ticket, spawn, overtaken, overlaps };
  return { kind: 'do', event: { type: 'granted', leaseId: id, payload } };
}
