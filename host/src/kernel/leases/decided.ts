import type { RefusalCode } from '../refusals.ts';
import type { EventDraft, EventType } from './events.ts';
import type { Lease } from './lease.ts';
import type { LedgerState } from './state.ts';

export interface Refused {
  kind: 'refused';
  code: RefusalCode;
  reason: string;
  hint: string;
}

/** Record this event and it is so; until it is recorded, it is not. */
export interface Do<type extends EventType> {
  kind: 'do';
  event: Extract<EventDraft, { type: type }>;
}

/** Who asks for something to be done with a lease. */
export type Authority =
  /** Of the secret that was given, SHA-256, hex. */
  | { kind: 'holder'; secretHash: string }
  /** One who answers for it with a name. */
  | { kind: 'operator'; name: string };

/** The live lease of that id for one who may act on it, or why not. */
export function allowed(
  state: LedgerState,
  leaseId: string,
  authority: Authority | null,
): { kind: 'live'; lease: Lease } | Refused {
  const lease = state.leases.get(leaseId);
  if (lease === undefined) return notLive(state, leaseId);
  if (authority === null || authority.kind === 'operator') return { kind: 'live', lease };
  if (isSame(authority.secretHash, lease.secretHash)) return { kind: 'live', lease };
  const former = lease.adoptions?.find((one) => isSame(authority.secretHash, one.secretHash));
  if (former !== undefined) {
    return {
      kind: 'refused',
      code: 'LEASE_OVER',
      reason: `${leaseId} is no lease of ${former.from} any more: ${lease.holder.name} adopted it at ${former.at}.`,
      hint: 'Stop writing under it, and acquire a new one.',
    };
  }
  return {
    kind: 'refused',
    code: 'SECRET_WRONG',
    reason: `The secret is not that of ${leaseId}, which ${lease.holder.name} holds.`,
    hint: 'Use the secret that was told when it was granted, or adopted. An operator can act without it: `--operator NAME`.',
  };
}

/** How the lease ended, or that nobody knows it. */
export function notLive(state: LedgerState, leaseId: string): Refused {
  const ending = state.endings.get(leaseId);
  if (ending === undefined) {
    return {
      kind: 'refused',
      code: 'LEASE_NOT_FOUND',
      reason: `There is no lease ${leaseId}.`,
      hint: '`capstan lease list` shows those that are live.',
    };
  }
  const { holder, because, at, how } = ending;
  return {
    kind: 'refused',
    code: 'LEASE_OVER',
    reason: `${leaseId} of ${holder} ${how === 'released' ? 'was released' : 'expired'} at ${at}: ${because}.`,
    hint: 'Nothing revives it: acquire a new one.',
  };
}

/** Takes the same time wherever two hashes differ. */
function isSame(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}
