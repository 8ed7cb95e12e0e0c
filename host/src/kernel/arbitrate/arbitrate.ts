import { checkClaims, type ClaimProblem } from '../claims/check.ts';
import { labelProblem } from '../claims/label.ts';
import type { Waiter } from '../leases/lease.ts';
import { type Account, accountsOf } from './accounts.ts';
import type { Blocker, ClaimRequest, Decision, Policy, World } from './decision.ts';
import { kinOf } from './kin.ts';
import { beforeIn, lineFor } from './line.ts';
import { inOrder, obstaclesOf } from './obstacles.ts';
import { byFit, type Option, type Options, optionsOf, resourcesOf } from './options.ts';
import { type Shortage, shortagesOf } from './shortages.ts';
import { sentence } from '../wording.ts';
import * as words from './wording.ts';

/**
 * May this holder have this, now? The one answer to that question, whoever asks: the queue for a job's memory, an agent
 * for a part of a tree.
 *
 * A request is granted whole or not at all. Its alternatives are tried in their order, and the first that nothing
 * stands in the way of is granted. What stands in the way is, for a name or a region, a live lease of somebody else
 * that excludes it; for an amount, that what is granted and what strangers use leave too little of the budget; and for
 * both, those who wait for the same and came first. Leases of the same holder, of the same run and of the parent never
 * stand in the way of names and regions; amounts add up, whoever has them.
 *
 * `nowMs` is of the boot clock. The caller has ended what is over: every lease in `world.live` counts. The answer
 * depends on nothing else, and not on the order of the leases: the same question has the same answer, byte for byte.
 */
export function arbitrate(
  request: ClaimRequest,
  world: World,
  policy: Policy,
  nowMs: number,
): Decision {
  const prepared = prepare(request, policy, world);
  if (prepared.kind === 'refused') return refused(prepared);
  const question = questionOf(prepared.options, request, world, policy, nowMs);
  const answers: Answer[] = [];
  for (const option of question.options) {
    const answer = answerTo(option, question);
    if (answer.kind === 'granted') return answer;
    answers.push(answer);
  }
  return words.sumUp(answers, question.options, question.accounts);
}

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
}

export type Answer = Decision & { shortages?: readonly Shortage[] };

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
  return {
    options: options.length > 1 ? byFit(options, accounts) : options,
    accounts,
    world,
    policy,
    nowMs,
    isForced: request.isForced === true,
    isKin: kinOf(request, world.live),
    before: beforeIn(world.waiters, request, nowMs),
  };
}

/** Can the option be had now, whatever the others are? */
export function answerTo(option: Option, question: Question): Answer {
  const { accounts, world, policy, nowMs, isForced, isKin, before } = question;
  const shortages = shortagesOf(option, accounts, world.capacity, isKin);
  const never = shortages.find(({ kind }) => kind === 'unknown' || kind === 'never');
  if (never !== undefined) return words.neverGranted(never, option);
  const obstacles = inOrder(obstaclesOf(option, world.live, isKin), option);
  const isPutAside = (code: string): boolean =>
    isForced || (code === 'REGION_HELD' && policy.toleratesOverlap);
  const standing = obstacles.filter(({ code }) => !isPutAside(code));
  if (standing.length > 0 || shortages.length > 0) {
    return words.heldOrUsed(standing, shortages, option, nowMs);
  }
  const line = lineFor(option, before, accounts, policy, world.capacity, nowMs);
  if (line.ahead.length > 0 && !isForced) return words.behind(line.ahead, nowMs);
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

export function refused({ code, reason, hint }: ClaimProblem, blockers: Blocker[] = []): Decision {
  return { kind: 'refused', code, reason: sentence(reason), blockers, hint };
}
