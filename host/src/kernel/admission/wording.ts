import { amountText } from '../amount.ts';
import type { Capacity } from '../arbitrate/decision.ts';
import type { Claim } from '../claims/claim.ts';
import type { Lease } from '../leases/lease.ts';
import { durationText } from '../wording.ts';
import { amountOf, freeOf } from './capacity.ts';
import type { Basis } from './need.ts';
import type { Resident } from './victims.ts';

/** The resource that keeps a job waiting, with everything of it that is spoken for. */
export interface ShortOf {
  resource: string;
  wanted: number;
  /** Below 0 where more is used than may be granted. */
  free: number;
  budget: number;
  total: number;
  holders: readonly { name: string; amount: number; acquiredMs: number }[];
  /** Workers of this host that nobody uses now. */
  idle: readonly { name: string; amount: number }[];
  /** What programs use that hold no lease. */
  strangers: number;
}

type Granted = Pick<Lease, 'id' | 'claims' | 'holder' | 'acquiredMs'>;

/** What is short, of the alternative to which least is missing; null where nothing is. */
export function shortOf(
  alternatives: readonly (readonly Claim[])[],
  leases: readonly Granted[],
  capacity: Capacity,
  residents: readonly Resident[] = [],
): ShortOf | null {
  let nearest: { resource: string; amount: number; missing: number } | null = null;
  for (const claims of alternatives) {
    const worst = worstOf(claims, leases, capacity);
    if (worst === null) return null;
    if (nearest === null || worst.missing < nearest.missing) nearest = worst;
  }
  if (nearest === null) return null;
  const { resource, amount: wanted } = nearest;
  const { used = 0, usedBy = null, budget = 0, total = 0 } = capacity[resource] ?? {};
  const granted = leases.filter((lease) => amountOf(resource, lease) > 0);
  const holders = granted
    .map((lease) => ({
      name: lease.holder.name,
      amount: Math.max(amountOf(resource, lease), usedBy?.[lease.id] ?? 0),
      acquiredMs: lease.acquiredMs,
    }))
    .toSorted((a, b) => b.amount - a.amount);
  const idle = residents
    .filter(({ isExecuting, isStarting }) => !isExecuting && !isStarting)
    .map(({ instance, holds }) => ({ name: instance, amount: holds[resource] ?? 0 }))
    .filter(({ amount }) => amount > 0)
    .toSorted((a, b) => b.amount - a.amount);
  const ours =
    usedBy === null ? sum(holders) : granted.reduce((all, { id }) => all + (usedBy[id] ?? 0), 0);
  const strangers = Math.max(0, used - ours - sum(idle));
  const free = freeOf(resource, leases, capacity);
  return { resource, wanted, free, budget, total, holders, idle, strangers };
}

function worstOf(claims: readonly Claim[], leases: readonly Granted[], capacity: Capacity) {
  let worst: { resource: string; amount: number; missing: number } | null = null;
  for (const claim of claims) {
    if (claim.kind !== 'quantity') continue;
    const { resource, amount } = claim;
    const missing = amount - freeOf(resource, leases, capacity);
    if (missing > 0 && (worst === null || missing > worst.missing)) {
      worst = { resource, amount, missing };
    }
  }
  return worst;
}

const sum = (parts: readonly { amount: number }[]): number =>
  parts.reduce((all, { amount }) => all + amount, 0);

export interface Waits {
  basis: Basis;
  nowMs: number;
  /** Wall clock, for people. */
  since: string;
  /** Workers that are being ended to make room. */
  evicting: readonly string[];
}

const holdersNamed = 3;

/** What a job needs, what there is, who has it, and what would let it start. */
export function waitText(short: ShortOf, { basis, nowMs, since, evicting }: Waits): string {
  const { resource, wanted, free, budget, total } = short;
  const amount = (of: number): string => amountText(Math.max(0, of), resource);
  const guess =
    basis === 'profile'
      ? ''
      : basis === 'declared'
        ? ' (as declared)'
        : ' (a guess: it was never measured)';
  const there =
    budget < total
      ? `${subject(resource)} has ${amount(total)}, of which ${amount(budget)} may be used`
      : `${subject(resource)} has ${amount(total)}`;
  const parts = [
    ...short.holders
      .slice(0, holdersNamed)
      .map(
        (each) =>
          `${each.name} has ${amount(each.amount)} for ${durationText(nowMs - each.acquiredMs)}`,
      ),
    ...more(short.holders.slice(holdersNamed), amount),
    ...short.idle
      .slice(0, holdersNamed)
      .map(({ name, amount: held }) => `\`${name}\`, which is idle, has ${amount(held)}`),
    ...(short.strangers > 0 ? [`other programs use ${amount(short.strangers)}`] : []),
    free > 0 ? `${amount(free)} are free` : 'nothing is free',
  ];
  const what = `waiting for ${amount(wanted)} of ${nameOf(resource)}${guess} since ${since}`;
  return `${what}. ${there}: ${parts.join(', ')}. ${wayOut(short, evicting)}`;
}

const more = (rest: readonly { amount: number }[], amount: (of: number) => string): string[] =>
  rest.length === 0 ? [] : [`${rest.length} more have ${amount(sum(rest))}`];

function wayOut({ resource, holders, strangers }: ShortOf, evicting: readonly string[]): string {
  if (evicting.length > 0) {
    return `Room is being made: ${evicting.map((name) => `\`${name}\``).join(', ')} ${evicting.length === 1 ? 'is' : 'are'} being ended.`;
  }
  if (holders.length > 0) {
    return 'It starts as soon as enough of that has ended.';
  }
  return strangers > 0
    ? `It starts when those programs free enough of it${resource === 'ram' ? '; `capstan resources` shows what is used' : ', which `capstan resources` shows'}.`
    : 'It starts in a moment.';
}

function nameOf(resource: string): string {
  if (resource === 'ram') return 'memory';
  if (resource === 'cpu') return 'processor time';
  const gpu = /^gpu:(\d+)\/vram$/.exec(resource)?.[1];
  return gpu === undefined ? resource : `memory of GPU ${gpu}`;
}

function subject(resource: string): string {
  const gpu = /^gpu:(\d+)\/vram$/.exec(resource)?.[1];
  if (gpu !== undefined) return `GPU ${gpu}`;
  return resource === 'ram' || resource === 'cpu' ? 'This machine' : 'There';
}
