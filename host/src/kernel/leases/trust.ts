import type { Lease } from './lease.ts';

/** Of its term a holder leaves this much unused: clocks drift, and a write takes time. */
export function marginMs(termMs: number): number {
  return Math.min(termMs / 2, Math.max(1000, termMs * 0.05), 30_000);
}

/** For how long a holder may trust a lease, from before it asked for it; null: for as long as its process lives. */
export function trustedForMs(termMs: number | null): number | null {
  return termMs === null ? null : termMs - marginMs(termMs);
}

/**
 * May its holder still act on it without asking? Counted from before the attempt that gave or renewed it: the ledger
 * counts from a moment after that, so that a holder stops before anybody else may begin.
 */
export function isTrusted(
  { termMs }: Pick<Lease, 'termMs'>,
  attemptStartedMs: number,
  nowMs: number,
): boolean {
  const forMs = trustedForMs(termMs);
  return forMs === null || nowMs - attemptStartedMs < forMs;
}

/** A write that carries a lower token than one that was seen already comes from a holder that is none any more. */
export function isStale(token: number, highest: number): boolean {
  return !(token >= highest);
}
