import { arbitrate, type ClaimRequest, type Decision } from '../kernel/arbitrate/index.ts';
import {
  expiry,
  type EventDraft,
  leave,
  type Lease,
  type LedgerState,
  type Waiter,
} from '../kernel/leases/index.ts';
import { type Machine, startOf } from './machine.ts';
import type { LedgerRequest } from './request.ts';

/** A decision, and what has to be recorded before it holds: leases that are over, and waiters that are gone. */
export interface Judgement {
  decision: Decision;
  over: EventDraft[];
}

/**
 * Decides on the ledger as it is now. Whatever is past its time does not count. Whoever stands in the way is looked at:
 * one that is provably dead is put aside and the question asked again; one of whom that cannot be known stays.
 */
export function judge(
  state: LedgerState,
  request: LedgerRequest,
  machine: Machine,
  nowMs: number,
): Judgement {
  const over: EventDraft[] = [];
  const aside = new Set<string | number>();
  for (const lease of state.leases.values()) {
    if (lease.expiresMs !== null && nowMs >= lease.expiresMs)
      bury(state, lease, machine, nowMs, over, aside);
  }
  for (const waiter of state.waiters.values()) {
    if (waiter.untilMs > nowMs) continue;
    aside.add(waiter.ticket);
    over.push(leave(waiter.ticket, 'its time to wait was over').event);
  }
  const { policy, capacity } = request;
  for (;;) {
    const live = without(state.leases.values(), aside, ({ id }) => id);
    const waiters = without(state.waiters.values(), aside, ({ ticket }) => ticket);
    const decision = arbitrate(asClaimRequest(request), { live, waiters, capacity }, policy, nowMs);
    const before = aside.size;
    for (const lease of inTheWay(decision, live, request))
      bury(state, lease, machine, nowMs, over, aside);
    for (const waiter of ahead(decision, state)) dismiss(waiter, machine, over, aside);
    if (aside.size === before) return { decision, over };
  }
}

export const asClaimRequest = ({
  holder,
  runId,
  alternatives,
  ticket,
  isForced,
  isRanked,
  parent,
}: LedgerRequest): ClaimRequest => ({
  holder,
  runId: runId ?? null,
  alternatives,
  ticket: ticket ?? null,
  ...(isForced === true ? { isForced } : {}),
  ...(isRanked === true ? { isRanked } : {}),
  ...(parent === undefined ? {} : { parent: parent.id }),
});

/** Whether a lease is provably over, as an event; null while it is not, or nobody can tell. */
export function endOf(
  state: LedgerState,
  lease: Lease,
  machine: Machine,
  nowMs: number,
): EventDraft | null {
  const { bootId, pidNamespace } = machine;
  const { process } = lease.holder;
  const canLook =
    process !== null && process.bootId === bootId && process.pidNamespace === pidNamespace;
  const startedAt = canLook ? startOf(machine, process) : undefined;
  const evidence = { bootId, pidNamespace, ...(startedAt === undefined ? {} : { startedAt }) };
  const found = expiry(state, lease, evidence, nowMs);
  return found.kind === 'do' ? found.event : null;
}

/** The lease and all it is a part of: each of them may be what ends it. */
export function* lineage(state: LedgerState, lease: Lease): Generator<Lease> {
  const seen = new Set<string>();
  for (let at: Lease | undefined = lease; at !== undefined && !seen.has(at.id); ) {
    yield at;
    seen.add(at.id);
    at = at.parent === null ? undefined : state.leases.get(at.parent);
  }
}

function bury(
  state: LedgerState,
  lease: Lease,
  machine: Machine,
  nowMs: number,
  over: EventDraft[],
  aside: Set<string | number>,
): void {
  for (const each of lineage(state, lease)) {
    if (aside.has(each.id)) continue;
    const event = endOf(state, each, machine, nowMs);
    if (event?.type !== 'expired') continue;
    over.push(event);
    aside.add(each.id);
    for (const child of event.payload.children) aside.add(child);
  }
}

function dismiss(
  waiter: Waiter,
  machine: Machine,
  over: EventDraft[],
  aside: Set<string | number>,
): void {
  const { ticket, holder } = waiter;
  if (aside.has(ticket) || !hasGone(waiter, machine)) return;
  aside.add(ticket);
  over.push(leave(ticket, `its process ${holder.process?.pid} is gone`).event);
}

/** Whether the process that waits is provably gone. */
export function hasGone({ holder: { process } }: Waiter, machine: Machine): boolean {
  if (process === null) return false;
  const isOfThisBoot = process.bootId === machine.bootId;
  if (isOfThisBoot && process.pidNamespace !== machine.pidNamespace) return false;
  const startedAt = isOfThisBoot ? startOf(machine, process) : null;
  return startedAt !== undefined && startedAt !== process.startedAt;
}

/**
 * Leases that the decision names. It names those of one alternative; of several, and where there is too little of
 * something, whoever holds anything may be in the way.
 */
function inTheWay(
  decision: Decision,
  live: readonly Lease[],
  { alternatives }: LedgerRequest,
): Lease[] {
  if (decision.kind !== 'waiting') return [];
  const isAmount = decision.shortfall !== null || decision.code === 'CLASS_FULL';
  if (alternatives.length > 1) return [...live];
  const named = new Set(decision.blockers.map(({ leaseId }) => leaseId));
  const hasAmount = ({ claims }: Lease): boolean => claims.some(({ kind }) => kind === 'quantity');
  return live.filter((lease) => named.has(lease.id) || (isAmount && hasAmount(lease)));
}

const ahead = (decision: Decision, state: LedgerState): Waiter[] =>
  decision.kind === 'waiting'
    ? decision.blockers.flatMap(({ ticket }) =>
        ticket === null ? [] : (state.waiters.get(ticket) ?? []),
      )
    : [];

function without<T>(
  all: Iterable<T>,
  aside: ReadonlySet<string | number>,
  key: (one: T) => string | number,
): T[] {
  return aside.size === 0 ? [...all] : [...all].filter((one) => !aside.has(key(one)));
}
