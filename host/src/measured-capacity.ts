import type { Capacity } from './kernel/arbitrate/decision.ts';
import type { Claim } from './kernel/claims/claim.ts';
import { capacityFrom, type Headroom } from './kernel/admission/index.ts';
import type { Lease } from './kernel/leases/lease.ts';
import { Monitor } from './resources/index.ts';

/**
 * What there is of what is measured, looked at once, for a process that asks for some of it and ends. `live` are the
 * leases whose process trees count as theirs.
 */
export async function measuredNow(
  live: readonly Lease[],
  claims: readonly Claim[],
  headroom: Headroom,
  env: { readonly [name: string]: string | undefined },
): Promise<Capacity> {
  const monitor = new Monitor({ env, disks: disksIn(claims), gpus: asksForGpu(claims) });
  try {
    return await capacityNow(monitor, live, headroom);
  } finally {
    monitor.close();
  }
}

/** The same by a monitor that stays. */
export async function capacityNow(
  monitor: Monitor,
  live: readonly Lease[],
  headroom: Headroom,
): Promise<Capacity> {
  const roots = live.flatMap(({ attributedPid }) =>
    attributedPid === null ? [] : [attributedPid],
  );
  return capacityFrom(await monitor.measure(roots), live, headroom);
}

/** Asking the drivers takes longer than all the rest of a command. */
const asksForGpu = (claims: readonly Claim[]): boolean =>
  claims.some((claim) => claim.kind === 'quantity' && /^gpu[:/]/.test(claim.resource));

const disksIn = (claims: readonly Claim[]): string[] =>
  claims.flatMap((claim) =>
    claim.kind === 'quantity' && claim.resource.startsWith('disk:')
      ? [claim.resource.slice('disk:'.length)]
      : [],
  );
