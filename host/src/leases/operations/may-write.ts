import {
  allowed,
  isStale,
  isTrusted,
  type Lease,
  type LedgerState,
  trustedForMs,
} from '../../kernel/leases/index.ts';
import { compileRegion, regionCovers } from '../../kernel/regions/index.ts';
import { durationText } from '../../kernel/wording.ts';
import type { NotDone } from '../request.ts';
import { secretHash } from '../secret.ts';
import { notDone, settled } from './change.ts';
import type { Place } from './place.ts';

/**
 * Whether the holder of the secret may write now: the lease is live, its secret and its token are the latest, and of its
 * term is left what a write may take. Asked inside the transaction in which the write happens: nobody else can be
 * granted anything meanwhile.
 */
export function mayWrite(
  place: Place,
  id: string,
  secret: string,
  token?: number,
): { kind: 'may'; lease: Lease } | NotDone {
  const over = settled(place, id);
  if (over !== null) return over;
  const { state, moment } = place.tx;
  const found = hasAuthority(state, id, secret, token);
  if (found.kind === 'refused') return found;
  const { lease } = found;
  if (isTrusted(lease, lease.renewedMs, moment.bootMs)) return { kind: 'may', lease };
  const leftMs = (lease.expiresMs ?? 0) - moment.bootMs;
  const marginMs = (lease.termMs ?? 0) - (trustedForMs(lease.termMs) ?? 0);
  return notDone({
    code: 'LEASE_OVER',
    reason: `Of the term of ${id} ${durationText(leftMs)} are left, and nothing is written in its last ${durationText(marginMs)}`,
    hint: `Renew it first: \`capstan lease renew ${id}\`.`,
  });
}

/** The lease, for one who has its secret, and its token where a token is given. */
export function hasAuthority(
  state: LedgerState,
  id: string,
  secret: string | undefined,
  token: number | undefined,
): { kind: 'may'; lease: Lease } | NotDone {
  const authority =
    secret === undefined ? null : ({ kind: 'holder', secretHash: secretHash(secret) } as const);
  const found = allowed(state, id, authority);
  if (found.kind === 'refused') return notDone(found);
  const { lease } = found;
  if (token === undefined || token === lease.token) return { kind: 'may', lease };
  if (isStale(token, lease.token)) {
    return notDone({
      code: 'LEASE_OVER',
      reason: `The token ${token} of ${id} is older than ${lease.token}, which ${lease.holder.name} has now`,
      hint: 'Stop writing under it, and acquire a new one.',
    });
  }
  return notDone({
    code: 'CLAIM_INVALID',
    reason: `${token} is no token of ${id}; it has ${lease.token}`,
    hint: 'Use the token that was told when it was granted.',
  });
}

/** Whether a path, absolute and resolved, lies in a region of the lease. */
export function coverage(lease: Lease, path: string, isWrite: boolean): NotDone | null {
  const regions = lease.claims.filter((claim) => claim.kind === 'region');
  let isShared = false;
  for (const { tree, patterns, mode, foldsCase } of regions) {
    const root = tree.endsWith('/') ? tree : `${tree}/`;
    if (!path.startsWith(root)) continue;
    const region = compileRegion({ patterns, ...(foldsCase === true ? { foldsCase } : {}) });
    if (!regionCovers(region, path.slice(root.length))) continue;
    if (mode === 'exclusive' || !isWrite) return null;
    isShared = true;
  }
  if (isShared) {
    return notDone({
      code: 'CLAIM_INVALID',
      reason: `${lease.id} holds ${path} shared, which is for reading`,
      hint: 'Acquire the region exclusively to write in it.',
    });
  }
  const first = regions[0];
  const what =
    first === undefined
      ? 'holds no region'
      : `holds ${first.patterns.slice(0, 3).join(' ')}${first.patterns.length > 3 ? ' …' : ''} in ${first.tree}`;
  return notDone({
    code: 'PATH_OUTSIDE_LEASE',
    reason: `${path} is outside of what ${lease.id} holds: it ${what}`,
    hint: 'Write inside the region, or acquire one that covers this path.',
  });
}
