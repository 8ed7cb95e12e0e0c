/** Time as the host sees it. Passed in, so that tests own it; `kernel` is handed plain numbers instead. */
export interface Clock {
  /** Milliseconds since the Unix epoch, for people and records. */
  nowMs(): number;
  /** Monotonic milliseconds, for durations. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

export const isoFromMs = (ms: number): string => new Date(ms).toISOString();
