import type { Effects } from '../states.ts';

/** An attempt that failed, as far as memory may have been the reason. */
export interface FailedForMemory {
  category: string;
  /** The tool said so, or its worker died of it: not, say, a disk that the host could not write to. */
  isOfCall: boolean;
  effects: Effects;
  /** Its reader has had a part of it. */
  isStream: boolean;
  /** Earlier attempts at this job that failed like this one. */
  earlier: number;
  /** Until the job has to be over; null where it may take its time. */
  leftMs: number | null;
}

/** So often a job is tried again with more room, whatever its own policy says. */
export const memoryRetries = 1;

export type ReactiveDecision =
  | { kind: 'retrying' }
  | { kind: 'final'; because: 'other_reason' | 'unsafe' | 'stream' | 'exhausted' | 'no_time' };

/**
 * Whether a job that ran out of memory is tried again once room has been made for it: idle workers ended, its own
 * started anew. What may have had an effect that must not be repeated is not, and a stream has been read in part.
 */
export function reactive(failed: FailedForMemory): ReactiveDecision {
  const { category, isOfCall, effects, isStream, earlier, leftMs } = failed;
  if (category !== 'resource' || !isOfCall) return { kind: 'final', because: 'other_reason' };
  if (effects === 'unsafe') return { kind: 'final', because: 'unsafe' };
  if (isStream) return { kind: 'final', because: 'stream' };
  if (earlier >= memoryRetries) return { kind: 'final', because: 'exhausted' };
  if (leftMs !== null && leftMs <= 0) return { kind: 'final', because: 'no_time' };
  return { kind: 'retrying' };
}
