import { resolve } from 'node:path';
import { type Lease, type LedgerState, notLive } from '../../kernel/leases/index.ts';
import { endOf, hasGone, lineage } from '../judge.ts';
import type { Machine } from '../machine.ts';
import type { Changed, CheckOptions, NotDone } from '../request.ts';
import type { LedgerView } from '../service.ts';
import { notDone } from './change.ts';
import { coverage, hasAuthority } from './may-write.ts';
import { targetOf } from './guard-file.ts';

/** Why a lease that nobody has swept yet holds nothing any more; null while it does, or nobody can tell. */
export function endedBecause(
  state: LedgerState,
  lease: Lease,
  machine: Machine,
  nowMs: number,
): string | null {
  for (const each of lineage(state, lease)) {
    const event = endOf(state, each, machine, nowMs);
    if (event?.type !== 'expired') continue;
    return each === lease
      ? event.payload.because
      : `its parent ${each.id} is over: ${event.payload.because}`;
  }
  return null;
}

export function check(
  state: LedgerState,
  id: string,
  { secret, token, path, isWrite = false }: CheckOptions,
  machine: Machine,
  nowMs: number,
): Changed {
  const lease = state.leases.get(id);
  if (lease === undefined) return notDone(notLive(state, id));
  const because = endedBecause(state, lease, machine, nowMs);
  if (because !== null) return over(lease, because);
  const found = hasAuthority(state, id, secret, token);
  if (found.kind === 'refused') return found;
  const outside = path === undefined ? null : coverage(lease, whereItLies(lease, path), isWrite);
  return outside ?? { kind: 'done', lease };
}

const over = ({ id, holder }: Lease, because: string): NotDone =>
  notDone({
    code: 'LEASE_OVER',
    reason: `${id} of ${holder.name} is over: ${because}`,
    hint: 'Nothing revives it: acquire a new one.',
  });

/** Resolved as far as it is there. A relative one is one of the lease's tree. */
function whereItLies({ claims }: Lease, path: string): string {
  const tree = claims.find((claim) => claim.kind === 'region')?.tree ?? '/';
  const full = resolve(tree, path);
  try {
    return targetOf(full);
  } catch {
    return full;
  }
}

export function viewOf(
  state: LedgerState,
  path: string,
  machine: Machine,
  nowMs: number,
): LedgerView {
  const live = [...state.leases.values()];
  const endings: { [leaseId: string]: string } = {};
  for (const lease of live) {
    const because = endedBecause(state, lease, machine, nowMs);
    if (because !== null) endings[lease.id] = because;
  }
  // Who waits no more is swept by whoever comes up against it.
  const waiters = [...state.waiters.values()].filter(
    (waiter) => waiter.untilMs > nowMs && !hasGone(waiter, machine),
  );
  const spawns = [...state.spawns.values()].filter(({ untilMs }) => untilMs > nowMs);
  return { path, nowMs, seq: state.seq, token: state.token, live, waiters, spawns, endings };
}
