import type { ClaimProblem } from '../claims/check.ts';
import { sentence } from '../wording.ts';
import type { ClaimRequest, Decision, Policy, World } from './decision.ts';
import { answerTo, prepare, questionOf } from './question.ts';
import { ranked } from './rank.ts';
import { sumUp } from './wording.ts';

/**
 * May this holder have this, now? The one answer to that question, whoever asks: the queue for a job's memory, an agent
 * for a part of a tree.
 *
 * A request is granted whole or not at all. Its alternatives are tried in their order, or from the best on where it says
 * so, and the first that nothing stands in the way of is granted. What stands in the way is, for a name or a region, a live lease of somebody else
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
  const answers: Decision[] = [];
  const options = request.isRanked === true ? ranked(question) : question.options;
  for (const option of options) {
    const answer = answerTo(option, question);
    if (answer.kind === 'granted') return answer;
    answers.push(answer);
  }
  return sumUp(answers, options, question.accounts);
}

const refused = ({ code, reason, hint }: ClaimProblem): Decision => ({
  kind: 'refused',
  code,
  reason: sentence(reason),
  blockers: [],
  hint,
});
