import type { Lease } from '../kernel/leases/index.ts';

export type WhichLedger = 'workspace' | 'machine' | 'both';

/** A lease for people and programs: nothing of it opens anything. */
export interface LeaseView extends Omit<Lease, 'secretHash' | 'adoptions'> {
  ledger: WhichLedger;
  /** Until it expires; null for one without a term. */
  leftMs: number | null;
  /** ISO 8601, by the wall clock of now; null for one without a term. */
  expiresAt: string | null;
  /** Why it holds nothing any more, though nobody has swept it yet; null for one that does. */
  ended: string | null;
  /** From whom it was taken over, the latest last. */
  adoptions?: readonly { from: string; at: string; by: string }[];
}

export function viewed(
  { secretHash: _, adoptions, ...lease }: Lease,
  ledger: WhichLedger,
  nowMs: number,
  ended: string | null,
): LeaseView {
  const leftMs = lease.expiresMs === null ? null : Math.max(0, lease.expiresMs - nowMs);
  return {
    ...lease,
    ...(adoptions === undefined
      ? {}
      : { adoptions: adoptions.map(({ from, at, by }) => ({ from, at, by })) }),
    ledger,
    leftMs,
    expiresAt: leftMs === null ? null : new Date(Date.now() + leftMs).toISOString(),
    ended,
  };
}

/** The two halves of one lease. Its token is the workspace's, whose writes are guarded; its end is the earlier one. */
export function merged(a: LeaseView, b: LeaseView): LeaseView {
  const [first, second] = a.ledger === 'machine' ? [b, a] : [a, b];
  const isEarlier =
    second.leftMs !== null && (first.leftMs === null || second.leftMs < first.leftMs);
  return {
    ...first,
    ledger: 'both',
    claims: [...first.claims, ...second.claims],
    attributedPid: first.attributedPid ?? second.attributedPid,
    ended: first.ended ?? second.ended,
    ...(isEarlier
      ? { leftMs: second.leftMs, expiresAt: second.expiresAt, expiresMs: second.expiresMs }
      : {}),
  };
}
