import type { Claim } from '../claims/claim.ts';
import type { Lease, Waiter } from '../leases/lease.ts';
import type { ResourceCapacity } from './decision.ts';
import { othersAmong } from './kin.ts';

/** What is known of one resource that is asked for. Amounts in its base unit. */
export interface Account {
  resource: string;
  capacity: ResourceCapacity;
  /** What those who hold some of it have or use, whichever is more. */
  ours: number;
  /** All that counts against the budget: theirs, and what strangers use. */
  demand: number;
  holders: Share[];
}

export interface Share {
  lease: Lease;
  claim: Claim;
  amount: number;
}

/** Of which whoever holds it counts once, however much of it they hold. */
export const isClass = (resource: string): boolean => resource.startsWith('class:');

/** One walk over the live leases for all resources that are asked for; one that nobody measures has no account. */
export function accountsOf(
  resources: Iterable<string>,
  capacity: { readonly [resource: string]: ResourceCapacity },
  live: readonly Lease[],
): Map<string, Account> {
  const accounts = new Map<string, Account>();
  for (const resource of resources) {
    const known = Object.hasOwn(capacity, resource) ? capacity[resource] : undefined;
    if (known === undefined) continue;
    accounts.set(resource, { resource, capacity: known, ours: 0, demand: 0, holders: [] });
  }
  if (accounts.size === 0) return accounts;
  for (const lease of live) {
    for (const claim of lease.claims) {
      if (claim.kind !== 'quantity') continue;
      const account = accounts.get(claim.resource);
      if (account !== undefined) share(account, lease, claim, claim.amount);
    }
  }
  for (const account of accounts.values()) sum(account);
  return accounts;
}

/** The claims of a lease on the same resource count together. */
function share({ holders }: Account, lease: Lease, claim: Claim, amount: number): void {
  const last = holders.at(-1);
  if (last?.lease === lease) last.amount += amount;
  else holders.push({ lease, claim, amount });
}

/**
 * Where the use of each lease is known, a lease counts with what it was granted or what it uses, whichever is more, and
 * everything else that is in use is a stranger's. Where it is not, what is in use may be ours.
 */
function sum(account: Account): void {
  const { capacity, holders, resource } = account;
  const { usedBy } = capacity;
  const used = Math.ceil(capacity.used);
  if (isClass(resource)) {
    const leases = holders.map(({ lease }) => lease);
    account.ours = account.demand = othersAmong(leases, () => false).length;
    return;
  }
  let granted = 0;
  let ours = 0;
  let theirUse = 0;
  for (const { lease, amount } of holders) {
    const measured = usedBy !== null && Object.hasOwn(usedBy, lease.id) ? usedBy[lease.id] : 0;
    // Whole numbers have the same sum in whatever order they come.
    const use = Math.ceil(measured ?? 0);
    granted += amount;
    ours += Math.max(amount, use);
    theirUse += use;
  }
  account.ours = usedBy === null ? granted : ours;
  account.demand = usedBy === null ? Math.max(granted, used) : ours + Math.max(0, used - theirUse);
}

/** The most that any of a waiter's wishes takes of a resource; `gpu/vram` may come to be that of any device. */
export function amountWaitedFor(
  wishes: readonly { claims: readonly Claim[] }[],
  resource: string,
): { amount: number; claim: Claim } | null {
  let most: { amount: number; claim: Claim } | null = null;
  for (const { claims } of wishes) {
    let amount = 0;
    let first: Claim | null = null;
    for (const claim of claims) {
      if (claim.kind !== 'quantity' || !meansSame(claim.resource, resource)) continue;
      amount += claim.amount;
      first ??= claim;
    }
    if (first !== null && amount > (most?.amount ?? 0)) most = { amount, claim: first };
  }
  return most;
}

const device = /^gpu:\d+\/vram$/;

/** Any device: it becomes one alternative for each that there is. */
export const anyDevice = 'gpu/vram';
export const isDevice = (resource: string): boolean => device.test(resource);

const meansSame = (waited: string, resource: string): boolean =>
  waited === resource || (waited === anyDevice && isDevice(resource));

/** Whether one that waits has done so for as long as others may pass it. */
export const hasAged = ({ sinceMs }: Waiter, agingMs: number, nowMs: number): boolean =>
  nowMs - sinceMs >= agingMs;
