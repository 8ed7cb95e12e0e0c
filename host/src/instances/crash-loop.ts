import { defaults } from '../defaults.ts';

export type MayStart = { kind: 'allowed' } | { kind: 'refused'; forMs: number };

/**
 * Whether a capability whose starts failed at these times, oldest first, may be started at `nowMs`; all on
 * the monotonic clock. Several failures close together earn a pause, counted from the last one; then one more
 * try is allowed.
 */
export function mayStart(failedAtMs: readonly number[], nowMs: number): MayStart {
  const { failedStartsMost, failedStartsWindowMs, failedStartsPauseMs } = defaults;
  const latest = failedAtMs.slice(-failedStartsMost);
  const [first] = latest;
  const last = latest.at(-1);
  if (first === undefined || last === undefined || latest.length < failedStartsMost) {
    return { kind: 'allowed' };
  }
  const forMs = last + failedStartsPauseMs - nowMs;
  const isLoop = last - first <= failedStartsWindowMs;
  return isLoop && forMs > 0 ? { kind: 'refused', forMs } : { kind: 'allowed' };
}
