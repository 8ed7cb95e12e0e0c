import { answerTo, prepare, questionOf } from './arbitrate.ts';
import type { ClaimRequest, Policy, World } from './decision.ts';

/**
 * The request's alternatives, best first: those that can be had now, then those that can be waited for with the least
 * lacking and the fewest in the way, then those that never fit. Equal ones keep their order.
 */
export function rankAlternatives(
  request: ClaimRequest,
  world: World,
  policy: Policy,
  nowMs: number,
): number[] {
  const all = [...request.alternatives.keys()];
  const prepared = prepare(request, policy, world);
  if (prepared.kind === 'refused') return all;
  const question = questionOf(prepared.options, request, world, policy, nowMs);
  const ranks = new Map<number, number[]>();
  for (const option of question.options) {
    const answer = answerTo(option, question);
    const rank =
      answer.kind === 'granted'
        ? [0, answer.overlaps.length, answer.overtaken.length]
        : answer.kind === 'waiting'
          ? [1, answer.blockers.length, answer.shortfall?.amount ?? 0]
          : [2, 0, 0];
    const known = ranks.get(option.alternative);
    if (known === undefined || compare(rank, known) < 0) ranks.set(option.alternative, rank);
  }
  return all.toSorted((a, b) => compare(ranks.get(a) ?? [], ranks.get(b) ?? []));
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [at, one] of a.entries()) {
    const difference = one - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
