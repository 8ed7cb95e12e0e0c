import type { ClaimRequest, Policy, World } from './decision.ts';
import type { Option } from './options.ts';
import { answerTo, prepare, type Question, questionOf } from './question.ts';

/**
 * The request's alternatives, best first: those that can be had now, with the fewest overlapped and passed and the least
 * left over; then those that can be waited for, with the fewest in the way and the least lacking; then those that never
 * fit. Equal ones keep their order.
 */
export function rankAlternatives(
  request: ClaimRequest,
  world: World,
  policy: Policy,
  nowMs: number,
): number[] {
  const prepared = prepare(request, policy, world);
  if (prepared.kind === 'refused') return [...request.alternatives.keys()];
  const options = ranked(questionOf(prepared.options, request, world, policy, nowMs));
  return [...new Set(options.map(({ alternative }) => alternative))];
}

/** The same of all options, devices and all. */
export function ranked(question: Question): Option[] {
  return question.options
    .map((option) => ({ option, rank: rankOf(option, question) }))
    .toSorted((a, b) => compare(a.rank, b.rank))
    .map(({ option }) => option);
}

function rankOf(option: Option, question: Question): readonly number[] {
  const answer = answerTo(option, question);
  if (answer.kind === 'refused') return [2];
  if (answer.kind === 'waiting') return [1, answer.blockers.length, answer.shortfall?.amount ?? 0];
  return [0, answer.overlaps.length, answer.overtaken.length, leftOver(option, question)];
}

/** The share of the scarcest resource that stays free: what is used up to the end leaves others whole. */
function leftOver({ amounts }: Option, { accounts }: Question): number {
  let least = 1;
  for (const [resource, amount] of amounts) {
    const account = accounts.get(resource);
    if (account === undefined) continue;
    const { budget } = account.capacity;
    least = Math.min(least, (budget - account.demand - amount) / budget);
  }
  return least;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [at, one] of a.entries()) {
    const difference = one - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
