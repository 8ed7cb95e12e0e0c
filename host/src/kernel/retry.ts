import type { Effects } from './states.ts';

/**
 * How often a job is tried again, and after which pauses. The n-th pause is
 * `backoffMs * factor^(n-1)`, at most `maxBackoffMs`, lengthened by up to `jitter` of itself.
 */
export interface RetryPolicy {
  /** Attempts that may fail, in all, the first included: 1 to 100. */
  attempts: number;
  /** 1,000 unless given. */
  backoffMs?: number;
  /** 2 unless given. */
  factor?: number;
  /** 60,000 unless given. */
  maxBackoffMs?: number;
  /** 0 to 1; 0.2 unless given. */
  jitter?: number;
}

export const retryDefaults = { backoffMs: 1_000, factor: 2, maxBackoffMs: 60_000, jitter: 0.2 };

/** What is known of an attempt that failed. */
export interface Failure {
  retriable: boolean;
  /** The tool said so itself; false where the host lost it, ended it, or could not keep its result. */
  isToolsAnswer: boolean;
  /** The tool's own wish; honoured as the least. */
  retryAfterMs?: number;
}

/** What a retry is decided from. The same facts give the same pause, so that a replay agrees. */
export interface FailedAttempt {
  policy: RetryPolicy | null;
  effects: Effects;
  failure: Failure;
  /** Attempts of this job that have failed so far, this one included; interruptions do not count. */
  failures: number;
  /** Until the job has to be over; null where it may take its time. */
  leftMs: number | null;
  /** The job's id: jobs that failed together do not come back together. */
  seed: string;
}

export type RetryDecision =
  | { kind: 'retrying'; delayMs: number }
  | { kind: 'final'; because: 'no_policy' | 'not_retriable' | 'unsafe' | 'exhausted' | 'no_time' };

/**
 * Whether a failed attempt is repeated. An `unsafe` action is only when the tool itself answered that
 * trying again may help: after a loss or a deadline nobody knows whether it had its effect.
 */
export function nextRetry(attempt: FailedAttempt): RetryDecision {
  const { policy, effects, failure, failures, leftMs, seed } = attempt;
  if (!failure.retriable) return { kind: 'final', because: 'not_retriable' };
  if (policy === null) return { kind: 'final', because: 'no_policy' };
  if (effects === 'unsafe' && !failure.isToolsAnswer) return { kind: 'final', because: 'unsafe' };
  if (failures >= policy.attempts) return { kind: 'final', because: 'exhausted' };
  const delayMs = Math.max(pauseMs(policy, failures, seed), failure.retryAfterMs ?? 0);
  // A pause that outlasts the job's time would only put off the news.
  if (leftMs !== null && delayMs >= leftMs) return { kind: 'final', because: 'no_time' };
  return { kind: 'retrying', delayMs };
}

/** The pause after the n-th failed attempt, in whole milliseconds. */
export function pauseMs(policy: RetryPolicy, n: number, seed: string): number {
  const { backoffMs, factor, maxBackoffMs, jitter } = { ...retryDefaults, ...policy };
  const plain = Math.min(backoffMs * factor ** (n - 1), maxBackoffMs);
  return Math.round(plain * (1 + jitter * fraction(`${seed}/${n}`)));
}

/** A number from 0 to below 1 that looks random and follows from the text alone (FNV-1a, mixed once more). */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}
