import type { Basis } from '../kernel/admission/index.ts';
import type { Claim } from '../kernel/claims/claim.ts';
import type { Granted } from '../leases/index.ts';

/** A grant of the machine to an instance, for all of its calls. */
export interface Seat {
  instance: string;
  lease: string;
  secret: string;
  token: number;
  claims: readonly Claim[];
  /** The GPU it was granted memory of. */
  gpu: number | null;
  basis: Basis;
  calls: number;
  /** It has had a call. One that was only just granted is for a call that is about to begin. */
  isUsed: boolean;
  /** It is given back in a while. */
  timer: NodeJS.Timeout | undefined;
}

export const seatOf = (
  instance: string,
  { lease, secret }: Pick<Granted, 'lease' | 'secret'>,
  basis: Basis,
): Seat => ({
  instance,
  lease: lease.id,
  secret,
  token: lease.token,
  claims: lease.claims,
  gpu: gpuIn(lease.claims),
  basis,
  calls: 0,
  isUsed: false,
  timer: undefined,
});

export function amountsOf(claims: readonly Claim[]): { [resource: string]: number } {
  const amounts: { [resource: string]: number } = {};
  for (const claim of claims) {
    if (claim.kind === 'quantity') {
      amounts[claim.resource] = (amounts[claim.resource] ?? 0) + claim.amount;
    }
  }
  return amounts;
}

function gpuIn(claims: readonly Claim[]): number | null {
  for (const claim of claims) {
    if (claim.kind !== 'quantity') continue;
    const index = /^gpu:(\d+)\/vram$/.exec(claim.resource)?.[1];
    if (index !== undefined) return Number(index);
  }
  return null;
}
