import { checkClaims } from '../claims/check.ts';
import type { Claim } from '../claims/claim.ts';
import { labelProblem } from '../claims/label.ts';
import type { Lease, Waiter } from '../leases/lease.ts';
import { type Account, accountsOf } from './accounts.ts';
import type { ClaimRequest, Decision, Policy, World } from './decision.ts';
import { kinOf } from './kin.ts';
import { beforeIn, lineFor } from './line.ts';
import { holdsAgainst, inOrder, obstaclesOf } from './obstacles.ts';
import { neverGranted } from './never.ts';
import { byFit, type Option, type Options, optionsOf, resourcesOf } from './options.ts';
import { shortagesOf } from './shortages.ts';
import { behind, heldOrUsed } from './wording.ts';

/** Everything that is the same for all alternatives. */
export interface Question {
  options: readonly Option[];
  accounts: ReadonlyMap<string, Account>;
  world: World;
  policy: Policy;
  nowMs: number;
  isForced: boolean;
  isKin: ReturnType<typeof kinOf>;
  before: readonly Waiter[];
  ownHold: (wanted: Claim) => boolean;
}

export function prepare(request: ClaimRequest, policy: Policy, { capacity }: World): Options {
  const { alternatives, holder, runId } = request;
  const problem =
    checkClaims(alternatives) ??
    labelProblem('The name of the holder', holder) ??
    (runId === null ? null : labelProblem('The run', runId));
  if (problem !== null) return { kind: 'refused', ...problem };
  return optionsOf(alternatives, policy, capacity);
}

export function questionOf(
  options: readonly Option[],
  request: ClaimRequest,
  world: World,
  policy: Policy,
  nowMs: number,
): Question {
  const accounts = accountsOf(resourcesOf(options), world.capacity, world.live);
  const isKin = kinOf(request, world.live);
  let own: Lease[] | undefined;
  return {
    options: options.length > 1 ? byFit(options, accounts) : options,
    accounts,
    world,
    policy,
    nowMs,
    isForced: request.isForced === true,
    isKin,
    before: beforeIn(world.waiters, request, nowMs),
    ownHold: (wanted) => {
      own ??= world.live.filter(isKin);
      return own.some((lease) => holdsAgainst(lease, wanted));
    },
  };
}

/** Can the option be had now, whatever the others are? */
export function answerTo(option: Option, question: Question): Decision {
  const { accounts, world, policy, nowMs, isForced, isKin } = question;
  const shortages = shortagesOf(option, accounts, world.capacity, isKin);
  const never = shortages.find(({ kind }) => kind === 'unknown' || kind === 'never');
  if (never !== undefined) return neverGranted(never, option);
  const obstacles = inOrder(obstaclesOf(option, world.live, isKin), option);
  const isPutAside = (code: string): boolean =>
    isForced || (code === 'REGION_HELD' && policy.toleratesOverlap);
  const standing = obstacles.filter(({ code }) => !isPutAside(code));
  if (standing.length > 0 || shortages.length > 0) {
    return heldOrUsed(standing, shortages, option, nowMs);
  }
  const line = lineFor(option, question);
  if (line.ahead.length > 0 && !isForced) return behind(line.ahead, nowMs);
  return {
    kind: 'granted',
    claims: option.claims,
    alternative: option.alternative,
    overtaken: [...line.ahead.map(({ ticket }) => ticket ?? 0), ...line.passed].toSorted(
      (a, b) => a - b,
    ),
    overlaps: obstacles.map(({ blocker }) => blocker),
  };
}
