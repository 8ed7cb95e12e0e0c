import { amountText } from '../amount.ts';
import { listed, nearest } from '../nearest.ts';
import type { Decision } from './decision.ts';
import type { Option } from './options.ts';
import type { Shortage } from './shortages.ts';

/** Nothing can change it: nobody knows the resource, or there is too little of it for anybody. */
export function neverGranted(shortage: Shortage, { device }: Option): Decision {
  if (shortage.kind === 'unknown') return unknownResource(shortage.resource, shortage.known);
  if (shortage.kind !== 'never') throw new TypeError(shortage.kind);
  const { resource, amount, account } = shortage;
  const { budget, total } = account.capacity;
  const most = amountText(budget, resource);
  const of = total > budget ? ` of its ${amountText(total, resource)}` : '';
  const what = `${amountText(amount, resource)} of ${resource} can never be granted`;
  if (!(budget > 0)) {
    return {
      kind: 'refused',
      code: 'CLAIM_NEVER_FITS',
      reason: `${what}: there is none of it to be had here, ${amountText(total, resource)} in all.`,
      blockers: [],
      hint: 'Do without it, or do it on a machine that has some.',
    };
  }
  return {
    kind: 'refused',
    code: 'CLAIM_NEVER_FITS',
    reason: `${what}: ${most}${of} can be granted at most, if nobody else had any.`,
    blockers: [],
    hint:
      device === null
        ? `Ask for ${most} at most, or do it on a machine that has more.`
        : `Ask for ${most} at most, which is what the largest device gives.`,
  };
}

/** Measured when somebody asks for them. */
const alwaysMeasured = ['ram', 'cpu', 'gpu/vram'];

function unknownResource(resource: string, known: readonly string[]): Decision {
  const others = [...known, ...alwaysMeasured].filter((one) => one !== resource);
  const close = nearest(resource, others);
  const guess = close === null ? '' : `Did you mean ${JSON.stringify(close)}? `;
  const isMissing = /^gpu\b/.test(resource) && !known.some((one) => one.startsWith('gpu:'));
  const reason = isMissing
    ? `Nobody knows of ${resource}: no GPU was found on this machine.`
    : `Nobody measures or counts a resource ${JSON.stringify(resource)}.`;
  const choice =
    known.length === 0
      ? 'What is only counted is declared under `resources:` in capstan.yaml.'
      : `There are: ${listed(known, 12)}. What is only counted is declared under \`resources:\` in capstan.yaml.`;
  return {
    kind: 'refused',
    code: 'RESOURCE_UNKNOWN',
    reason,
    blockers: [],
    hint: isMissing
      ? '`capstan doctor` says what was looked for, and why nothing was found.'
      : `${guess}${choice}`,
  };
}
