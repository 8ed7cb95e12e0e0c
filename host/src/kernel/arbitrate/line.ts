import type { Claim } from '../claims/claim.ts';
import { withLanes } from '../claims/expand.ts';
import type { Waiter } from '../leases/lease.ts';
import { type Account, amountWaitedFor, hasAged } from './accounts.ts';
import type { Blocker, ClaimRequest, Policy } from './decision.ts';
import { wantsSame, waiterBlocker } from './obstacles.ts';
import { type Option, optionOf } from './options.ts';

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
 * Names and regions are given strictly in the order of the line, but for one case: who waits for something that the
 * request's own kin hold waits for them to be done, and they may need more for that. An amount may be had by one who came
 * later, as long as everybody who has waited for longer than the policy's age still finds what he waits for.
 */
export function lineFor(option: Option, question: LineQuestion): Line {
  const { before, policy, nowMs } = question;
  const line: Line = { ahead: [], passed: [] };
  const kept = new Map<string, number>();
  for (const waiter of before) {
    const wishes = wishesOf(waiter, policy);
    const wanted = strictly(option, wishes, policy.toleratesOverlap);
    if (wanted !== null && !question.ownHold(wanted)) {
      line.ahead.push(waiterBlocker(waiter, wanted));
      continue;
    }
    const short = lacking(option, wishes, question.accounts, kept);
    if (short !== null && hasAged(waiter, policy.agingMs, nowMs)) {
      line.ahead.push(waiterBlocker(waiter, short));
    } else if (short !== null || wanted !== null) line.passed.push(waiter.ticket);
  }
  return line;
}

export interface LineQuestion {
  before: readonly Waiter[];
  accounts: ReadonlyMap<string, Account>;
  policy: Policy;
  nowMs: number;
  /** Do leases of the request's own kin hold something that excludes this? */
  ownHold: (wanted: Claim) => boolean;
}

/** The name or region that a waiter would get before the option. */
function strictly(
  option: Option,
  wishes: readonly Option[],
  toleratesOverlap: boolean,
): Claim | null {
  for (const wish of wishes) {
    const same = wantsSame(option, wish, toleratesOverlap);
    if (same !== null) return same;
  }
  return null;
}

/** An amount that a waiter would not find any more, if the option and all who waited before it had theirs. */
function lacking(
  option: Option,
  wishes: readonly Option[],
  accounts: ReadonlyMap<string, Account>,
  kept: Map<string, number>,
): Blocker['claim'] {
  let short: Blocker['claim'] = null;
  for (const [resource, amount] of option.amounts) {
    const wanted = amountWaitedFor(wishes, resource);
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

const known = new WeakMap<Waiter, { policy: Policy; wishes: readonly Option[] }>();

/** What a waiter asks for, with all that comes with its lanes; memory of any device stays that. */
function wishesOf(waiter: Waiter, policy: Policy): readonly Option[] {
  const found = known.get(waiter);
  if (found !== undefined && found.policy === policy) return found.wishes;
  const wishes = waiter.alternatives.flatMap((claims, alternative) => {
    const complete = withLanes(claims, policy);
    return complete.kind === 'refused' ? [] : [optionOf(alternative, complete.claims, null)];
  });
  known.set(waiter, { policy, wishes });
  return wishes;
}
