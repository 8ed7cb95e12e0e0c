import type { Waiter } from '../leases/lease.ts';
import { type Account, amountWaitedFor, hasAged } from './accounts.ts';
import type { Blocker, Capacity, ClaimRequest, Policy } from './decision.ts';
import { wantsSame, waiterBlocker } from './obstacles.ts';
import { type Option, optionsOf } from './options.ts';

/** Those who came first and want some of the same. */
export interface Line {
  /** Nobody may pass them. */
  ahead: Blocker[];
  /** The policy allows to pass them. */
  passed: number[];
}

/** Of those who wait, the ones who came before the request and are others, in the order in which they came. */
export function beforeIn(
  waiters: readonly Waiter[],
  { ticket, holder, runId }: ClaimRequest,
  nowMs: number,
): Waiter[] {
  return waiters
    .filter(
      (waiter) =>
        (ticket === null || waiter.ticket < ticket) &&
        waiter.untilMs > nowMs &&
        waiter.holder.name !== holder &&
        (runId === null || waiter.runId !== runId),
    )
    .toSorted((a, b) => a.ticket - b.ticket);
}

/**
 * Names and regions are given strictly in the order of the line. An amount may be had by one who came later, as long as
 * everybody who has waited for longer than the policy's age still finds what he waits for.
 */
export function lineFor(
  option: Option,
  before: readonly Waiter[],
  accounts: ReadonlyMap<string, Account>,
  policy: Policy,
  capacity: Capacity,
  nowMs: number,
): Line {
  const line: Line = { ahead: [], passed: [] };
  const kept = new Map<string, number>();
  for (const waiter of before) {
    const wanted = strictly(option, waiter, policy, capacity);
    if (wanted !== null) {
      line.ahead.push(waiterBlocker(waiter, wanted));
      continue;
    }
    const short = lacking(option, waiter, accounts, kept);
    if (short === null) continue;
    if (hasAged(waiter, policy.agingMs, nowMs)) line.ahead.push(waiterBlocker(waiter, short));
    else line.passed.push(waiter.ticket);
  }
  return line;
}

/** The name or region that a waiter would get before the option. */
function strictly(
  option: Option,
  waiter: Waiter,
  policy: Policy,
  capacity: Capacity,
): Blocker['claim'] {
  if (!waiter.alternatives.some((claims) => claims.some(({ kind }) => kind !== 'quantity'))) {
    return null;
  }
  for (const wanted of wishesOf(waiter, policy, capacity)) {
    const same = wantsSame(option, wanted, policy.toleratesOverlap);
    if (same !== null) return same;
  }
  return null;
}

/** An amount that a waiter would not find any more, if the option and all who waited before it had theirs. */
function lacking(
  option: Option,
  { alternatives }: Waiter,
  accounts: ReadonlyMap<string, Account>,
  kept: Map<string, number>,
): Blocker['claim'] {
  let short: Blocker['claim'] = null;
  for (const [resource, amount] of option.amounts) {
    const wanted = amountWaitedFor(alternatives, resource);
    const account = accounts.get(resource);
    if (wanted === null || account === undefined) continue;
    const { budget } = account.capacity;
    // What can never be granted is not kept free for anybody.
    if (wanted.amount > budget) continue;
    const all = (kept.get(resource) ?? 0) + wanted.amount;
    kept.set(resource, all);
    if (account.demand + amount + all > budget) short ??= wanted.claim;
  }
  return short;
}

const wishes = new WeakMap<Waiter, { policy: Policy; options: readonly Option[] }>();

/** What a waiter asks for, with its lanes. Of its devices only the resource counts, and that is looked at elsewhere. */
function wishesOf(waiter: Waiter, policy: Policy, capacity: Capacity): readonly Option[] {
  const known = wishes.get(waiter);
  if (known !== undefined && known.policy === policy) return known.options;
  const found = waiter.alternatives.flatMap((claims) => {
    const options = optionsOf([claims], policy, capacity);
    return options.kind === 'refused' ? [] : options.options.slice(0, 1);
  });
  wishes.set(waiter, { policy, options: found });
  return found;
}
