import { durationText } from '../wording.ts';
import type { Do } from './decided.ts';
import type { Lease } from './lease.ts';
import { childrenOf, type LedgerState } from './state.ts';

/** What was seen of the machine, and of the holder's process where the lease is bound to one. */
export interface Evidence {
  bootId: string;
  /** In which the process was looked up. */
  pidNamespace: string | null;
  /**
   * When the process that has the holder's number now was started: null where none has it, undefined where nobody
   * could look.
   */
  startedAt?: string | null;
}

export type Expiry =
  | { kind: 'live' }
  /** It may be over, but nobody here can tell; so it is not. */
  | { kind: 'unknown'; because: string }
  | Do<'expired'>
  | Do<'rebased'>;

/**
 * Is the lease provably over? A reservation outlives the process that took it: only its term ends it, and after a new
 * start of the machine what was left of that counts anew. One that is bound to a process ends with the process.
 */
export function expiry(
  state: LedgerState,
  lease: Lease,
  evidence: Evidence,
  nowMs: number,
): Expiry {
  const over = (cause: 'process' | 'boot' | 'term', because: string): Do<'expired'> => {
    const payload = { cause, because, children: childrenOf(state, lease.id) };
    return { kind: 'do', event: { type: 'expired', leaseId: lease.id, payload } };
  };
  const { process } = lease.holder;
  if (process !== null && process.bootId !== evidence.bootId) {
    return over('boot', `its process ${process.pid} ended when the machine was started anew`);
  }
  if (lease.bootId !== evidence.bootId) return rebase(state, lease, evidence.bootId, nowMs);
  if (lease.expiresMs !== null && nowMs >= lease.expiresMs) {
    const term = durationText(lease.termMs ?? 0);
    const ago = durationText(nowMs - lease.expiresMs);
    return over('term', `its term of ${term} was over ${ago} ago and nobody had renewed it`);
  }
  if (process === null) return { kind: 'live' };
  if (process.pidNamespace !== evidence.pidNamespace) {
    return { kind: 'unknown', because: `its process ${process.pid} is of another container` };
  }
  if (evidence.startedAt === undefined) {
    return { kind: 'unknown', because: `nobody could look at its process ${process.pid}` };
  }
  if (evidence.startedAt === null) return over('process', `its process ${process.pid} is gone`);
  if (evidence.startedAt !== process.startedAt) {
    const because = `its process ${process.pid} is gone, and another one has its number`;
    return over('process', because);
  }
  return { kind: 'live' };
}

/**
 * The clock of an earlier boot says nothing now. Of the term there was left at most what was left of it at the last
 * event before; so much counts from now, never less.
 */
function rebase(state: LedgerState, lease: Lease, bootId: string, nowMs: number): Do<'rebased'> {
  const { acquiredMs, renewedMs, expiresMs, bootId: fromBootId } = lease;
  const seenMs = state.bootId === fromBootId ? state.bootMs : formerMs(state, fromBootId);
  const lastMs = Math.max(seenMs, renewedMs);
  const payload = {
    fromBootId,
    bootId,
    acquiredMs: nowMs - (lastMs - acquiredMs),
    renewedMs: nowMs - (lastMs - renewedMs),
    expiresMs: expiresMs === null ? null : nowMs + Math.max(0, expiresMs - lastMs),
  };
  return { kind: 'do', event: { type: 'rebased', leaseId: lease.id, payload } };
}

const formerMs = ({ formerBoot }: LedgerState, bootId: string): number =>
  formerBoot?.id === bootId ? formerBoot.ms : Number.NEGATIVE_INFINITY;
