import type { LivenessRules } from './lease-rules.ts';
import { durationText } from './wording.ts';

/** Something that was seen to happen, whoever says so. Never a worker's own word. */
export interface Sign {
  /** Of which lease, run or job. A sign of another one says nothing about this one. */
  of: string;
  /** Wall clock. */
  atMs: number;
  /** What happened, in words: `a commit to src/api`. */
  what: string;
  /** Something is different since; without it somebody is only there. */
  isChange: boolean;
}

export interface LivenessEvidence {
  /** The lease, the run or the job. */
  of: string;
  /** Wall clock; null where it is not known. */
  startedMs: number | null;
  signs: readonly Sign[];
  /** Whether the process that does it exists; null where nobody can tell. */
  isProcessAlive: boolean | null;
  /** A sentence in the place of "its process is gone", where more is known. */
  gone?: string;
  /** How it ended, for one that did: `completed`. */
  ended?: { how: string; atMs: number | null };
}

export interface Liveness {
  kind: 'advancing' | 'spinning' | 'stalled';
  /** A sentence with numbers. */
  reason: string;
  /** The signs that count, the newest first. */
  signs: readonly Sign[];
  /** Signs that do not: dated in the future or by nothing, from before the start, or of another one. */
  dropped: { future: number; undated: number; earlier: number; foreign: number };
}

/**
 * Whether something goes on, from what was seen:
 *
 * - `stalled`: it is over, its process is gone, or nothing was heard of it for the window of silence;
 * - `advancing`: something changed in the window of spinning, or it is too young to tell;
 * - `spinning`: signs of life, and nothing changes.
 *
 * The start is a sign of life too. What is dated in the future is dropped, not taken for now: a clock that was wrong
 * once would make a dead one live.
 */
export function liveness(
  evidence: LivenessEvidence,
  windows: LivenessRules,
  nowMs: number,
): Liveness {
  const { signs, dropped } = sift(evidence, nowMs);
  const verdict = (kind: Liveness['kind'], reason: string): Liveness => ({
    kind,
    reason,
    signs,
    dropped,
  });
  const ageOf = (atMs: number): number => nowMs - atMs;
  const { ended } = evidence;
  if (ended !== undefined) return verdict('stalled', endText(ended, nowMs));
  if (evidence.isProcessAlive === false)
    return verdict('stalled', evidence.gone ?? 'Its process is gone.');

  const change = signs.find(({ isChange }) => isChange);
  if (change !== undefined && ageOf(change.atMs) <= windows.spinningMs) {
    return verdict(
      'advancing',
      `${capital(change.what)}, ${durationText(ageOf(change.atMs))} ago.`,
    );
  }
  const startedMs = startOf(evidence, nowMs);
  const lastMs = signs[0]?.atMs ?? startedMs;
  if (lastMs === null) return verdict('stalled', 'Nothing was ever heard of it.');
  const heard = durationText(ageOf(lastMs));
  if (ageOf(lastMs) > windows.silenceMs) {
    return verdict(
      'stalled',
      `Nothing was heard of it for ${heard}, and ${durationText(windows.silenceMs)} is silence.`,
    );
  }
  if (startedMs !== null && change === undefined && ageOf(startedMs) < windows.youngMs) {
    return verdict(
      'advancing',
      `It is ${durationText(ageOf(startedMs))} old, which is too young to tell: until ${durationText(windows.youngMs)} nothing has to have changed.`,
    );
  }
  const since =
    change === undefined
      ? startedMs === null
        ? 'nothing has changed'
        : `nothing has changed in all of its ${durationText(ageOf(startedMs))}`
      : `nothing has changed for ${durationText(ageOf(change.atMs))}`;
  return verdict('spinning', `It was heard of ${heard} ago, but ${since}.`);
}

/** A start in the future is none. */
const startOf = ({ startedMs }: LivenessEvidence, nowMs: number): number | null =>
  startedMs !== null && startedMs <= nowMs ? startedMs : null;

function sift(evidence: LivenessEvidence, nowMs: number): Pick<Liveness, 'signs' | 'dropped'> {
  const dropped = { future: 0, undated: 0, earlier: 0, foreign: 0 };
  const startedMs = startOf(evidence, nowMs);
  const signs = evidence.signs.filter((sign) => {
    if (sign.of !== evidence.of) dropped.foreign++;
    else if (!Number.isFinite(sign.atMs)) dropped.undated++;
    else if (sign.atMs > nowMs) dropped.future++;
    else if (startedMs !== null && sign.atMs < startedMs) dropped.earlier++;
    else return true;
    return false;
  });
  return { signs: signs.toSorted((a, b) => b.atMs - a.atMs), dropped };
}

function endText({ how, atMs }: { how: string; atMs: number | null }, nowMs: number): string {
  const isKnown = atMs !== null && atMs <= nowMs;
  return `It is over: ${how}${isKnown ? `, ${durationText(nowMs - atMs)} ago` : ''}.`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
