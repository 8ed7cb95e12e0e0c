import { amountText } from '../amount.ts';
import type { Claim, NameClaim, RegionClaim } from '../claims/claim.ts';
import { listed } from '../nearest.ts';
import { durationText } from '../wording.ts';
import { isClass } from './accounts.ts';
import type { Blocker } from './decision.ts';

/** Holders that a sentence names; `blockers` has all of them. */
export const mostNamed = 3;

/** `"anna" holds src/** exclusively, for 4 min so far, for "refactoring", and for 26 min more unless it is renewed`. */
export function blockerText(blocker: Blocker, nowMs: number): string {
  if (blocker.ticket !== null) return waitingText(blocker, nowMs);
  if (blocker.leaseId !== null) return `${holdingText(blocker, nowMs)} (${blocker.leaseId})`;
  return `${blocker.holder} use ${claimText(blocker.claim)}`;
}

export function waitingText(blocker: Blocker, nowMs: number): string {
  const since = blocker.sinceMs === null ? '' : ` for ${durationText(nowMs - blocker.sinceMs)}`;
  const purpose = blocker.purpose === null ? '' : ` (for ${quoted(blocker.purpose)})`;
  return `${quoted(blocker.holder)} has waited${since} for ${claimText(blocker.claim)}${purpose}`;
}

export const holdingText = (blocker: Blocker, nowMs: number): string =>
  `${quoted(blocker.holder)} ${heldText(blocker.claim)}${timesText(blocker, nowMs)}`;

export const heldBy = (blocker: Blocker, nowMs: number): string =>
  `${isShared(blocker.claim) ? 'shared' : 'held'} by ${quoted(blocker.holder)}${timesText(blocker, nowMs)}`;

/** Since when, what for, until when. */
export function timesText({ sinceMs, untilMs, purpose }: Blocker, nowMs: number): string {
  const since = sinceMs === null ? '' : `, for ${durationText(nowMs - sinceMs)} so far`;
  const what = purpose === null ? '' : `, for ${quoted(purpose)}`;
  const until =
    untilMs === null
      ? 'as long as its process lives'
      : `${durationText(untilMs - nowMs)} more unless it is renewed`;
  return `${since}${what}, and for ${until}`;
}

function heldText(claim: Claim | null): string {
  if (claim === null) return 'holds a lease';
  if (claim.kind === 'quantity') return `holds ${claimText(claim)}`;
  return isShared(claim)
    ? `shares ${claimText(claim)} with others`
    : `holds ${claimText(claim)} exclusively`;
}

const isShared = (claim: Claim | null): boolean =>
  claim !== null && claim.kind !== 'quantity' && claim.mode === 'shared';

/** `src/**`, `lane "backend"`, `8 GiB of gpu:0/vram`. */
export function claimText(claim: Claim | null): string {
  if (claim === null) return 'something';
  if (claim.kind === 'quantity') {
    const { resource, amount } = claim;
    if (isClass(resource)) return `a place in class ${quoted(resource.slice('class:'.length))}`;
    return `${amountText(amount, resource)} of ${resource}`;
  }
  return claim.kind === 'region' ? regionText(claim) : nameText(claim);
}

const regionText = ({ patterns }: RegionClaim): string => listed(patterns, mostNamed);

export function nameText({ name }: NameClaim): string {
  const at = name.indexOf(':');
  const kind = name.slice(0, at);
  const word = kind === 'alone' ? 'lane' : kind;
  return at > 0 ? `${word} ${quoted(name.slice(at + 1))}` : quoted(name);
}

export const quoted = (text: string): string => JSON.stringify(text);
export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
