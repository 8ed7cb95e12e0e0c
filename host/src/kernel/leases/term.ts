import { durationText } from '../wording.ts';
import type { Refused } from './decided.ts';

export interface TermRules {
  /** Of a reservation that names no term. */
  defaultMs: number;
  maxMs: number;
}

/** Shorter ones are over before their holder has read that they were granted. */
const shortestMs = 100;

/** Why a lease cannot have this term, or null. A reservation has one; a process-bound lease may do without: null. */
export function termProblem(
  termMs: number | null,
  isProcessBound: boolean,
  maxMs: number,
): Refused | null {
  if (termMs === null) {
    if (isProcessBound) return null;
    return {
      kind: 'refused',
      code: 'CLAIM_INVALID',
      reason: 'A reservation needs a term: nobody could tell when it is over.',
      hint: 'Give it one, such as `--term 30m`.',
    };
  }
  if (!Number.isSafeInteger(termMs) || termMs < shortestMs) {
    return {
      kind: 'refused',
      code: 'CLAIM_INVALID',
      reason: `A term of ${termMs} ms is none: it is a whole number of milliseconds, ${shortestMs} at least.`,
      hint: 'Write 30s, 5m or 2h.',
    };
  }
  if (termMs <= maxMs) return null;
  return {
    kind: 'refused',
    code: 'TERM_TOO_LONG',
    reason: `A term of ${durationText(termMs)} is longer than the ${durationText(maxMs)} that are allowed.`,
    hint: `Ask for at most ${durationText(maxMs)} and renew it, or raise \`leases: {maxTerm: …}\` in capstan.yaml.`,
  };
}
