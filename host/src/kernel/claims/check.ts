import { parseRegion, regionLimits, type RegionRefusal } from '../regions/index.ts';
import type { RefusalCode } from '../refusals.ts';
import type { Claim, NameClaim, QuantityClaim, RegionClaim } from './claim.ts';
import { labelProblem } from './label.ts';

export interface ClaimProblem {
  code: RefusalCode;
  reason: string;
  hint: string;
}

/** More at once is a mistake, or wants to keep the arbiter busy. */
export const claimLimits = { alternatives: 32, claims: 64, patterns: 4000 };

/**
 * What is wrong with a request as it is written, whoever holds what; null where nothing is. Takes whatever comes from
 * outside for what it says it is, and nothing for granted.
 */
export function checkClaims(alternatives: readonly (readonly Claim[])[]): ClaimProblem | null {
  if (!Array.isArray(alternatives) || alternatives.length === 0) {
    return invalid('Nothing is asked for', usage);
  }
  if (alternatives.length > claimLimits.alternatives) {
    const { length } = alternatives;
    return invalid(
      `${length} alternatives are too many`,
      `Give ${claimLimits.alternatives} at most.`,
    );
  }
  const patterns = patternsIn(alternatives);
  if (patterns > claimLimits.patterns) {
    return {
      code: 'REGION_INVALID',
      reason: `${patterns} patterns in one request are too many: ${claimLimits.patterns} are the most.`,
      hint: 'Name folders in the place of the files in them.',
    };
  }
  for (const claims of alternatives as readonly (readonly unknown[])[]) {
    const problem = alternativeProblem(claims);
    if (problem !== null) return problem;
  }
  return null;
}

function patternsIn(alternatives: readonly unknown[]): number {
  let count = 0;
  for (const claims of alternatives) {
    if (!Array.isArray(claims)) continue;
    for (const claim of claims as unknown[]) {
      const { patterns } = (claim ?? {}) as { patterns?: unknown };
      if (Array.isArray(patterns)) count += patterns.length;
    }
  }
  return count;
}

const usage = 'Name a region, a lane, a name or a resource; see `capstan lease acquire --help`.';

function alternativeProblem(claims: unknown): ClaimProblem | null {
  if (!Array.isArray(claims)) return invalid('An alternative is a list of claims', usage);
  if (claims.length === 0) return invalid('An alternative asks for nothing', usage);
  if (claims.length > claimLimits.claims) {
    const hint = `Give ${claimLimits.claims} at most; one region may have many patterns.`;
    return invalid(`${claims.length} claims in one request are too many`, hint);
  }
  for (const claim of claims as unknown[]) {
    const problem = claimProblem(claim);
    if (problem !== null) return problem;
  }
  return null;
}

/** Whoever waits asks with the same claims again and again. */
const sound = new WeakSet<object>();

function claimProblem(claim: unknown): ClaimProblem | null {
  if (typeof claim !== 'object' || claim === null) {
    return invalid(`${shown(claim)} is no claim`, usage);
  }
  if (sound.has(claim)) return null;
  const problem = problemIn(claim);
  if (problem === null) sound.add(claim);
  return problem;
}

function problemIn(claim: object): ClaimProblem | null {
  const { kind } = claim as { kind?: unknown };
  if (kind === 'quantity') return quantityProblem(claim as QuantityClaim);
  if (kind === 'region') return regionProblem(claim as RegionClaim);
  if (kind === 'name') return nameProblem(claim as NameClaim);
  return invalid(
    `${shown(kind)} is no kind of claim`,
    'There are `quantity`, `region` and `name`.',
  );
}

function quantityProblem({ resource, amount }: QuantityClaim): ClaimProblem | null {
  const label = labelProblem('The name of a resource', resource);
  if (label !== null) return label;
  const what = `${shown(amount)} of ${resource}`;
  const hint = 'An amount is a whole number above 0, such as 8GiB, 2 cores or 1.';
  if (typeof amount !== 'number') return invalid(`${what} is no number`, hint);
  if (Number.isNaN(amount)) return invalid(`${what} is no number`, hint);
  if (amount < 0) return invalid(`${what} is less than nothing`, hint);
  if (amount === 0) return invalid(`${what} is nothing`, hint);
  if (!Number.isFinite(amount)) return invalid(`${what} is more than there can be`, hint);
  if (!Number.isInteger(amount)) return invalid(`${what} is a fraction of a unit`, hint);
  if (!Number.isSafeInteger(amount)) return invalid(`${what} is more than can be counted`, hint);
  return null;
}

function nameProblem({ name, mode }: NameClaim): ClaimProblem | null {
  const [, prefix = '', rest = name] = /^(lane|name):(.*)$/s.exec(name) ?? [];
  const label = labelProblem(prefix === 'lane' ? 'The name of a lane' : 'A name', rest);
  if (label !== null) return label;
  if (prefix !== '') return modeProblem(mode);
  const hint = 'Write `lane:<name>` or `name:<name>`.';
  return invalid(`${shown(name)} is neither a lane nor a name`, hint);
}

function regionProblem({ tree, patterns, mode }: RegionClaim): ClaimProblem | null {
  if (typeof tree !== 'string' || tree === '') {
    return { code: 'REGION_INVALID', reason: 'A region names no tree', hint: 'Name its root.' };
  }
  if (!Array.isArray(patterns)) {
    return { code: 'REGION_EMPTY', reason: 'A region has no patterns', hint: 'Name the paths.' };
  }
  const odd = (patterns as readonly unknown[]).find((one) => typeof one !== 'string');
  if (odd !== undefined) {
    const hint = 'A pattern is a text, such as `src/**/*.ts`.';
    return { code: 'REGION_INVALID', reason: `${shown(odd)} is no pattern`, hint };
  }
  const parsed = isPlain(patterns) ? null : parseRegion(patterns);
  return parsed?.kind === 'refused' ? problemOf(parsed) : modeProblem(mode);
}

/** Nothing can be wrong with such, and most are: to read them twice would be most of what a decision costs. */
function isPlain(patterns: readonly string[]): boolean {
  const { patterns: most, characters } = regionLimits;
  if (patterns.length === 0 || patterns.length > most) return false;
  return patterns.every((pattern) => pattern.length <= characters && plain.test(pattern));
}

const plain = /^[\w*-][\w*.-]*(?:\/[\w*-][\w*.-]*)*$/;

const problemOf = ({ code, reason, hint }: RegionRefusal): ClaimProblem => ({ code, reason, hint });

function modeProblem(mode: unknown): ClaimProblem | null {
  if (mode === 'shared' || mode === 'exclusive') return null;
  return invalid(`${shown(mode)} is no mode`, 'A claim is `shared` or `exclusive`.');
}

const invalid = (reason: string, hint: string): ClaimProblem => ({
  code: 'CLAIM_INVALID',
  reason,
  hint,
});

function shown(value: unknown): string {
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
