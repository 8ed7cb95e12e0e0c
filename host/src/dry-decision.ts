import { HostError } from './errors.ts';
import { arbitrate, type Capacity, type Decision, type Policy } from './kernel/arbitrate/index.ts';
import { checkClaims, type Claim, withLanes } from './kernel/claims/index.ts';
import type { Lease, Waiter } from './kernel/leases/index.ts';

/** What is held, as somebody wrote it down. */
export interface WrittenWorld {
  leases: Lease[];
  waiters: Waiter[];
  /** Null where it does not say: then it is what this machine has. */
  capacity: Capacity | null;
  /** The latest moment that it speaks of, by the boot clock it was written under. */
  latestMs: number;
}

/** What the arbiter answers about a request for which nothing is asked of a ledger. */
export interface WrittenRequest {
  holder: string;
  runId?: string | null;
  alternatives: readonly (readonly Claim[])[];
  isForced?: boolean;
  isRanked?: boolean;
}

/** Decides against what was written down; the same question has the same answer, byte for byte, whenever it is asked. */
export function decideAgainst(
  { leases, waiters }: WrittenWorld,
  { holder, runId = null, alternatives, isForced, isRanked }: WrittenRequest,
  policy: Policy,
  capacity: Capacity,
  nowMs: number,
): Decision {
  const live = leases
    .filter(({ expiresMs }) => expiresMs === null || expiresMs > nowMs)
    .map((lease) => ({ ...lease, claims: complete(lease.claims, policy) }));
  const request = {
    holder,
    runId,
    alternatives,
    ticket: null,
    ...(isForced === true ? { isForced } : {}),
    ...(isRanked === true ? { isRanked } : {}),
  };
  return arbitrate(request, { live, waiters, capacity }, policy, nowMs);
}

/** Whoever wrote a lane down by hand meant all that comes with it. */
function complete(claims: readonly Claim[], policy: Policy): readonly Claim[] {
  if (claims.some(({ kind }) => kind !== 'name')) return claims;
  const found = withLanes(claims, policy);
  return found.kind === 'claims' ? found.claims : claims;
}

/**
 * Reads a list of leases, or what `capstan lease list --json` wrote. A lease needs a holder and its claims; all else has
 * a value where it is left out. Throws CLAIM_INVALID and the like, with the place.
 */
export function readWorld(text: string, where: string, root: string | null): WrittenWorld {
  const given = parsed(text, where);
  const document = Array.isArray(given) ? { leases: given } : given;
  if (!isObject(document) || !Array.isArray(document['leases'])) {
    throw unreadable(where, 'it is neither a list of leases nor a document with one');
  }
  const { capacity = null, waiters = [] } = document;
  const leases = document['leases'].flatMap((one: unknown, at) =>
    isObject(one) && typeof one['ended'] === 'string' ? [] : [leaseIn(one, at, where, root)],
  );
  return {
    leases,
    waiters: Array.isArray(waiters) ? (waiters as Waiter[]).filter(isWaiter) : [],
    capacity: capacity === null ? null : capacityIn(capacity, where),
    latestMs: Math.max(0, ...leases.map(({ renewedMs }) => renewedMs)),
  };
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw unreadable(where, 'it is no JSON', cause);
  }
}

function leaseIn(given: unknown, at: number, where: string, root: string | null): Lease {
  const place = `${where}, lease ${at + 1}`;
  if (!isObject(given)) throw unreadable(place, 'it is no object');
  const { holder, claims } = given;
  const name = isObject(holder) ? holder['name'] : holder;
  if (typeof name !== 'string' || name === '') throw unreadable(place, 'it names no holder');
  const own = (Array.isArray(claims) ? claims : []).map((claim: unknown) =>
    isObject(claim) && claim['kind'] === 'region' && claim['tree'] === undefined
      ? { ...claim, tree: root ?? '.' }
      : claim,
  ) as Claim[];
  const wrong = checkClaims([
    own.filter(({ name: of }: Claim & { name?: string }) => !isAlone(of)),
  ]);
  if (wrong !== null) {
    throw new HostError(wrong.code, `${place}: ${wrong.reason}`, { hint: wrong.hint });
  }
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const ms = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  const acquiredMs = ms(given['acquiredMs']) ?? 0;
  return {
    id: text(given['id']) ?? `lse_${at + 1}`,
    holder: { name, process: null },
    claims: own,
    token: ms(given['token']) ?? at + 1,
    bootId: text(given['bootId']) ?? '',
    acquiredMs,
    renewedMs: ms(given['renewedMs']) ?? acquiredMs,
    termMs: ms(given['termMs']),
    expiresMs: ms(given['expiresMs']),
    acquiredAt: text(given['acquiredAt']) ?? '',
    purpose: text(given['purpose']),
    parent: text(given['parent']),
    runId: text(given['runId']),
    secretHash: '',
    attributedPid: null,
    halt: null,
  };
}

const isAlone = (name: unknown): boolean => typeof name === 'string' && name.startsWith('alone:');

function capacityIn(given: unknown, where: string): Capacity {
  if (!isObject(given)) throw unreadable(where, 'its `capacity` is no object');
  return Object.fromEntries(
    Object.entries(given).map(([resource, one]) => {
      const { total, budget = total, used = 0, usedBy = null } = isObject(one) ? one : {};
      if (![total, budget, used].every((value) => typeof value === 'number')) {
        throw unreadable(where, `its \`capacity\` of ${resource} has no \`total\``);
      }
      return [resource, { total, budget, used, usedBy } as Capacity[string]];
    }),
  );
}

function isWaiter(given: unknown): boolean {
  if (!isObject(given) || !Array.isArray(given['alternatives'])) return false;
  const { ticket, sinceMs, untilMs, holder } = given;
  const times = [ticket, sinceMs, untilMs];
  return times.every((value) => typeof value === 'number') && isObject(holder);
}

const isObject = (value: unknown): value is { [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const unreadable = (where: string, why: string, cause?: unknown): HostError =>
  new HostError('CLAIM_INVALID', `${where} cannot be taken for leases: ${why}.`, {
    hint: 'Write `capstan lease list --json` to a file, or a list such as [{"holder": "anna", "claims": [{"kind": "name", "name": "name:deploy", "mode": "exclusive"}]}].',
    ...(cause === undefined ? {} : { cause }),
  });
