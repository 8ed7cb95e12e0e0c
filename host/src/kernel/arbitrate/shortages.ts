import type { Lease } from '../leases/lease.ts';
import { type Account, isClass, type Share } from './accounts.ts';
import type { Capacity } from './decision.ts';
import { othersAmong } from './kin.ts';
import type { Option } from './options.ts';

/** Too little of a resource. */
export type Shortage =
  | { kind: 'unknown'; resource: string; known: readonly string[] }
  | { kind: 'never'; resource: string; amount: number; account: Account }
  | {
      /** By leases, or by strangers: without them it would fit. */
      kind: 'held' | 'used';
      resource: string;
      amount: number;
      /** So much has to become free. */
      short: number;
      account: Account;
      holders: readonly Share[];
      strangers: number;
    }
  | { kind: 'full'; resource: string; most: number; holders: readonly Share[] };

export function shortagesOf(
  option: Option,
  accounts: ReadonlyMap<string, Account>,
  capacity: Capacity,
  isKin: (lease: Lease) => boolean,
): Shortage[] {
  const found: Shortage[] = [];
  for (const [resource, amount] of option.amounts) {
    const account = accounts.get(resource);
    if (account === undefined) {
      found.push({ kind: 'unknown', resource, known: Object.keys(capacity).toSorted() });
      continue;
    }
    const shortage = isClass(resource)
      ? placeIn(account, amount, isKin)
      : shortageOf(account, amount);
    if (shortage !== null) found.push(shortage);
  }
  return found;
}

function shortageOf(account: Account, amount: number): Shortage | null {
  const { resource, capacity, demand, ours, holders } = account;
  const { budget } = capacity;
  // `!(a <= b)`: what was measured as no number is no room.
  if (!(amount <= budget)) return { kind: 'never', resource, amount, account };
  if (demand + amount <= budget) return null;
  const isOurs = ours + amount > budget;
  return {
    kind: isOurs ? 'held' : 'used',
    resource,
    amount,
    short: demand + amount - budget,
    account,
    holders: inOrder(holders),
    strangers: Math.max(0, demand - ours),
  };
}

/** A class counts holders, not leases: whoever is in it already takes no second place. */
function placeIn(
  account: Account,
  amount: number,
  isKin: (lease: Lease) => boolean,
): Shortage | null {
  const { resource, capacity } = account;
  if (!(amount <= capacity.budget)) return { kind: 'never', resource, amount, account };
  const others = othersAmong(
    account.holders.map(({ lease }) => lease),
    isKin,
  );
  if (others.length + amount <= capacity.budget) return null;
  const leases = new Set(others.flat());
  const holders = inOrder(account.holders.filter(({ lease }) => leases.has(lease))).map(byLane);
  return { kind: 'full', resource, most: capacity.budget, holders };
}

/** People know it by the lane, not by the class. */
const byLane = (share: Share): Share => ({
  ...share,
  claim: share.lease.claims.find(({ kind }) => kind === 'name') ?? share.claim,
});

const inOrder = (holders: readonly Share[]): Share[] =>
  holders.toSorted((a, b) => a.lease.token - b.lease.token || (a.lease.id < b.lease.id ? -1 : 1));
