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

/** A timer of Node's that is set for longer goes off at once. */
const timerReachMs = 2 ** 31 - 1;

/** Acts after any length of time, months included. Returns how to call it off. */
export function afterMs(ms: number, act: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (leftMs: number): void => {
    const stepMs = Math.min(leftMs, timerReachMs);
    timer = setTimeout(() => (leftMs > stepMs ? wait(leftMs - stepMs) : act()), stepMs);
  };
  wait(ms);
  return () => clearTimeout(timer);
}
