import type { ClaimProblem } from '../claims/check.ts';
import type { Claim, NameClaim, QuantityClaim, RegionClaim } from '../claims/claim.ts';
import { withLanes } from '../claims/expand.ts';
import { type Account, anyDevice, isDevice } from './accounts.ts';
import type { Capacity, Policy } from './decision.ts';

/** One way to grant a request: an alternative with its lanes, and with a device for what any device may give. */
export interface Option {
  /** Index into the request's alternatives. */
  alternative: number;
  claims: readonly Claim[];
  names: readonly NameClaim[];
  regions: readonly RegionClaim[];
  /** Of each resource, summed. */
  amounts: ReadonlyMap<string, number>;
  /** The device that was chosen for it. */
  device: string | null;
}

export type Options = { kind: 'options'; options: Option[] } | ({ kind: 'refused' } & ClaimProblem);

/** What a request comes to, in its order of preference; a lane that nobody knows spoils all of it. */
export function optionsOf(
  alternatives: readonly (readonly Claim[])[],
  policy: Policy,
  capacity: Capacity,
): Options {
  const options: Option[] = [];
  for (const [alternative, claims] of alternatives.entries()) {
    const expanded = withLanes(claims, policy);
    if (expanded.kind === 'refused') return expanded;
    const devices = isAnyDevice(expanded.claims) ? devicesIn(capacity) : [];
    if (devices.length === 0) options.push(optionOf(alternative, expanded.claims, null));
    for (const device of devices) {
      const chosen = expanded.claims.map((claim) =>
        claim.kind === 'quantity' && claim.resource === anyDevice
          ? { ...claim, resource: device }
          : claim,
      );
      options.push(optionOf(alternative, chosen, device));
    }
  }
  return { kind: 'options', options };
}

export function resourcesOf(options: readonly Option[]): Set<string> {
  const resources = new Set<string>();
  for (const { amounts } of options) for (const resource of amounts.keys()) resources.add(resource);
  return resources;
}

/**
 * Of those that differ by their device alone, first those on which the least is left over, so that large free parts
 * stay whole; then those that lack the least.
 */
export function byFit(
  options: readonly Option[],
  accounts: ReadonlyMap<string, Account>,
): Option[] {
  const left = ({ device, amounts }: Option): number => {
    const account = device === null ? undefined : accounts.get(device);
    if (account === undefined) return 0;
    return account.capacity.budget - account.demand - (amounts.get(account.resource) ?? 0);
  };
  return options
    .map((option) => ({ option, over: left(option) }))
    .toSorted((a, b) => a.option.alternative - b.option.alternative || tighter(a.over, b.over))
    .map(({ option }) => option);
}

/** The least that is left over first, the least that is lacking first, and what fits before what does not. */
function tighter(a: number, b: number): number {
  if (a >= 0 && b >= 0) return a - b;
  return b - a;
}

/** The claims by their kind. */
export function optionOf(
  alternative: number,
  claims: readonly Claim[],
  device: string | null,
): Option {
  const names: NameClaim[] = [];
  const regions: RegionClaim[] = [];
  const amounts = new Map<string, number>();
  for (const claim of claims) {
    if (claim.kind === 'name') names.push(claim);
    else if (claim.kind === 'region') regions.push(claim);
    else add(amounts, claim);
  }
  return { alternative, claims, names, regions, amounts, device };
}

function add(amounts: Map<string, number>, { resource, amount }: QuantityClaim): void {
  amounts.set(resource, (amounts.get(resource) ?? 0) + amount);
}

const isAnyDevice = (claims: readonly Claim[]): boolean =>
  claims.some((claim) => claim.kind === 'quantity' && claim.resource === anyDevice);

const numberOf = (device: string): number => Number(/\d+/.exec(device)?.[0]);

const devicesIn = (capacity: Capacity): string[] =>
  Object.keys(capacity)
    .filter(isDevice)
    .toSorted((a, b) => numberOf(a) - numberOf(b));
