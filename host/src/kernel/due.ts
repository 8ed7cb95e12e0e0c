/**
 * How long a delayed job still waits. Never longer than it was delayed in the first place: after a wall
 * clock was set back, `notBeforeMs` may be years away.
 */
export function dueInMs(notBeforeMs: number, delayMs: number, nowMs: number): number {
  return Math.min(Math.max(notBeforeMs - nowMs, 0), delayMs);
}

/** True when a job that has to be over by then has not been started. */
export function isExpired(expiresAtMs: number | null, nowMs: number): boolean {
  return expiresAtMs !== null && nowMs >= expiresAtMs;
}
