import { amountText } from '../amount.ts';
import type { Claim } from '../claims/claim.ts';
import { alonePrefix, laneOf } from '../claims/expand.ts';
import { refusals } from '../refusals.ts';
import { durationText } from '../wording.ts';
import { listed } from '../nearest.ts';
import type { Account, Share } from './accounts.ts';
import {
  blockerText,
  capitalised,
  claimText,
  heldBy,
  holdingText,
  mostNamed,
  nameText,
  quoted,
  timesText,
  waitingText,
} from './blocker-text.ts';
import type { Blocker, Decision } from './decision.ts';
import { blockerOf, type Obstacle } from './obstacles.ts';
import type { Option } from './options.ts';
import type { Shortage } from './shortages.ts';

/** Somebody has it: the first thing in the way gives the code and the sentence, and all of them are listed. */
export function heldOrUsed(
  obstacles: readonly Obstacle[],
  shortages: readonly Shortage[],
  option: Option,
  nowMs: number,
): Decision {
  const short = shortages.flatMap((one) => ('short' in one ? [one] : []));
  const blockers = [
    ...obstacles.map(({ blocker }) => blocker),
    ...shortages.flatMap((one) => sharesIn(one)),
  ];
  const [first] = obstacles;
  const [lacking] = shortages.toSorted((a, b) => weight(a) - weight(b));
  const { code, reason } =
    first === undefined
      ? shortageText(lacking as Shortage, nowMs)
      : { code: first.code, reason: obstacleText(first, obstacles, nowMs) };
  const [most] = short;
  return {
    kind: 'waiting',
    code,
    reason,
    blockers: once(blockers),
    shortfall: most === undefined ? null : { resource: most.resource, amount: most.short },
    hint: hintFor(code, blockers, option, nowMs),
  };
}

/** What leases hold is told before what strangers use: somebody can be asked for it. */
const weight = ({ kind }: Shortage): number => (kind === 'used' ? 1 : 0);

/** Others came first. */
export function behind(ahead: readonly Blocker[], nowMs: number): Decision {
  const [first] = ahead;
  if (first === undefined) throw new TypeError('nobody is ahead');
  const rest = ahead.length - 1;
  const more = rest === 0 ? '' : `; so ${rest === 1 ? 'does' : 'do'} ${rest} more`;
  return {
    kind: 'waiting',
    code: 'LINE_AHEAD',
    reason: `${waitingText(first, nowMs)} and came first${more}.`,
    blockers: ahead,
    shortfall: null,
    hint: refusals.LINE_AHEAD.fix,
  };
}

/** The answer where no alternative can be had: the first that can be waited for, with everybody in the way of any. */
export function sumUp(
  answers: readonly Decision[],
  options: readonly Option[],
  accounts: ReadonlyMap<string, Account>,
): Decision {
  const waiting = answers.filter((one) => one.kind === 'waiting');
  const first = waiting[0] ?? answers[largestOf(options, accounts)];
  if (first === undefined || first.kind === 'granted') throw new TypeError('nothing was asked');
  if (answers.length === 1) return first;
  const all = new Set(options.map(({ alternative }) => alternative)).size;
  const what = all === 1 ? `${options.length} devices` : `${all} alternatives`;
  const reason = `${first.reason} None of the ${what} can be had${waiting.length > 0 ? ' now' : ''}.`;
  return { ...first, reason, blockers: once(waiting.flatMap((one) => one.blockers)) };
}

/** Of devices that are all too small the largest is told, of anything else the first. */
function largestOf(options: readonly Option[], accounts: ReadonlyMap<string, Account>): number {
  const [first] = options;
  if (first === undefined || first.device === null) return 0;
  const sizeOf = ({ device, alternative }: Option): number =>
    device === null || alternative !== first.alternative
      ? -1
      : (accounts.get(device)?.capacity.budget ?? -1);
  const sizes = options.map(sizeOf);
  return sizes.indexOf(Math.max(...sizes));
}

function obstacleText(
  { asked, blocker, code }: Obstacle,
  all: readonly Obstacle[],
  nowMs: number,
): string {
  const rest = new Set(all.map((one) => one.blocker.leaseId)).size - 1;
  const more =
    rest === 0 ? '' : ` ${rest} more ${rest === 1 ? 'lease is' : 'leases are'} in the way.`;
  if (code === 'LANE_ALONE') {
    const who = capitalised(holdingText(blocker, nowMs));
    const isAsked = asked.kind === 'name' && asked.name.startsWith(alonePrefix);
    return isAsked
      ? `${capitalised(nameText(asked))} is granted only while nobody else holds anything. ${who}.${more}`
      : `${who}. While that is so nobody else may hold anything.${more}`;
  }
  const held = heldBy(blocker, nowMs);
  const { overlap } = blocker;
  if (overlap === undefined) return `${capitalised(claimText(asked))} is ${held}.${more}`;
  const lane = asked.kind === 'region' ? laneOf(asked) : null;
  const asking = `${lane === null ? '' : `Lane ${quoted(lane)} comes with `}${overlap.asked}`;
  const joint = lane === null ? '' : ', which';
  if (overlap.asked === overlap.held) return `${asking}${joint} is ${held}.${more}`;
  return `${asking}${joint} overlaps ${overlap.held}, ${held}. Both take in ${overlap.path}.${more}`;
}

function shortageText(shortage: Shortage, nowMs: number): { code: string; reason: string } {
  if (shortage.kind === 'full') {
    const { resource, most, holders } = shortage;
    const name = quoted(resource.slice('class:'.length));
    const held = holders.map((share) => holdingText(shareBlocker(share), nowMs));
    return {
      code: 'CLASS_FULL',
      reason: `Class ${name} has room for ${most} at once: ${joined(held)}.`,
    };
  }
  if (shortage.kind !== 'held' && shortage.kind !== 'used') throw new TypeError(shortage.kind);
  const { kind, resource, amount, short, account, holders, strangers } = shortage;
  const { budget } = account.capacity;
  const text = (value: number): string => amountText(value, resource);
  const free = Math.max(0, budget - account.demand);
  const asked = `${text(amount)} of ${resource} ${amount === 1 ? 'is' : 'are'} asked for and ${free === 0 ? 'nothing' : text(free)} of ${text(budget)} is free`;
  const used = strangers > 0 ? [`programs that Capstan did not start use ${text(strangers)}`] : [];
  const held = holders
    .toSorted((a, b) => b.amount - a.amount)
    .map(
      (share) =>
        `${quoted(share.lease.holder.name)} has ${text(share.amount)}${timesText(shareBlocker(share), nowMs)}`,
    );
  const parts = kind === 'used' ? [...used, ...held] : [...held, ...used];
  return {
    code: kind === 'held' ? 'RESOURCE_HELD' : 'RESOURCE_USED',
    reason: `${asked}: ${joined(parts)}. ${text(short)} more ${short === 1 ? 'has' : 'have'} to become free.`,
  };
}

/** The first few, each with its commas. */
function joined(parts: readonly string[]): string {
  const rest = parts.length - mostNamed;
  if (rest <= 0) return parts.join('; ');
  return `${parts.slice(0, mostNamed).join('; ')}; and ${rest} more`;
}

function shareBlocker({ lease, claim }: Share): Blocker {
  return blockerOf(lease, claim);
}

function sharesIn(shortage: Shortage): Blocker[] {
  if (shortage.kind === 'unknown' || shortage.kind === 'never') return [];
  const blockers = shortage.holders.map(shareBlocker);
  if (shortage.kind === 'full' || shortage.strangers === 0) return blockers;
  const { resource, strangers } = shortage;
  const stranger: Blocker = {
    leaseId: null,
    ticket: null,
    holder: 'programs that Capstan did not start',
    claim: { kind: 'quantity', resource, amount: strangers },
    sinceMs: null,
    untilMs: null,
    purpose: null,
  };
  return [...blockers, stranger];
}

/** When it will be there at the latest, if that is known. */
function hintFor(
  code: string,
  blockers: readonly Blocker[],
  { device }: Option,
  nowMs: number,
): string {
  const row = refusals[code as keyof typeof refusals];
  const ends = blockers.map(({ untilMs }) => untilMs);
  const isSure = ends.length > 0 && ends.every((end) => end !== null);
  if (!isSure || row.verdict !== 'held' || device !== null) return row.fix;
  const lastMs = Math.max(0, ...ends.map((end) => (end ?? nowMs) - nowMs));
  const waitS = Math.ceil(lastMs / 1000) + 1;
  const wait = waitS < 120 ? `${waitS}s` : `${Math.ceil(waitS / 60)}m`;
  const end = `It is free in ${durationText(lastMs)} at the latest, unless it is renewed.`;
  return `${row.fix.replace('--wait 10m', `--wait ${wait}`)} ${end}`;
}

/** The lines that say a decision: what, everybody in the way, and what to do. */
export function decisionLines(decision: Decision, nowMs: number): string[] {
  if (decision.kind === 'granted') {
    const what = listed(decision.claims.map(claimText));
    const overlaps = decision.overlaps.map((one) => `  overlaps: ${blockerText(one, nowMs)}`);
    const passed = decision.overtaken.length;
    const passing = passed === 0 ? [] : [`  passes ${passed} that wait`];
    return [`granted: ${what}`, ...overlaps, ...passing];
  }
  return [
    decision.reason,
    ...decision.blockers.map((one) => `  in the way: ${blockerText(one, nowMs)}`),
    `  try: ${decision.hint}`,
    `  code: ${decision.code}`,
  ];
}

/** The same lease or waiter with the same claim once. */
function once(blockers: readonly Blocker[]): readonly Blocker[] {
  if (blockers.length < 2) return blockers;
  const seen = new Map<string, Set<Claim | null>>();
  return blockers.filter(({ leaseId, ticket, claim }) => {
    const key = leaseId ?? `${ticket}`;
    const claims = seen.get(key);
    if (claims?.has(claim)) return false;
    if (claims === undefined) seen.set(key, new Set([claim]));
    else claims.add(claim);
    return true;
  });
}
