import type { Claim } from '../claims/claim.ts';
import { chooseVictims, type Resident } from './victims.ts';

export interface RoomRequest {
  requester: string;
  /** In order of preference: any of them will do. */
  alternatives: readonly (readonly Claim[])[];
  /** So much of a resource is free, or will be when those have ended that are ending. */
  freeOf: (resource: string) => number;
  residents: readonly Resident[];
  margin: number;
  hollowBytes: number;
}

export type RoomPlan =
  /** There will be room without doing anything. */
  | { kind: 'fits'; claims: readonly Claim[] }
  | { kind: 'evict'; claims: readonly Claim[]; victims: readonly string[] }
  /** Nothing that can be evicted is enough; with these most of it is. */
  | { kind: 'not_enough'; claims: readonly Claim[]; victims: readonly string[] };

/** What makes room for one of several claims: nothing if there is some, else as few idle workers as it takes. */
export function planRoom(request: RoomRequest): RoomPlan {
  const plans = request.alternatives.map((claims) => planFor(claims, request));
  const rank = ({ kind }: RoomPlan): number => ['fits', 'evict', 'not_enough'].indexOf(kind);
  const count = (plan: RoomPlan): number => (plan.kind === 'fits' ? 0 : plan.victims.length);
  const [best] = plans.toSorted((a, b) => rank(a) - rank(b) || count(a) - count(b));
  return best ?? { kind: 'not_enough', claims: [], victims: [] };
}

function planFor(claims: readonly Claim[], request: RoomRequest): RoomPlan {
  const { requester, freeOf, margin, hollowBytes } = request;
  const victims: string[] = [];
  let isEnough = true;
  for (const claim of claims) {
    if (claim.kind !== 'quantity') continue;
    const { resource, amount } = claim;
    const shortfall = amount - freeOf(resource) - heldBy(victims, resource, request);
    if (shortfall <= 0) continue;
    const residents = request.residents.filter(({ instance }) => !victims.includes(instance));
    const limits = { requester, resource, shortfall, margin, hollowBytes };
    const choice = chooseVictims(residents, limits);
    victims.push(...choice.victims);
    isEnough &&= choice.kind === 'evict';
  }
  if (!isEnough) return { kind: 'not_enough', claims, victims };
  return victims.length === 0 ? { kind: 'fits', claims } : { kind: 'evict', claims, victims };
}

function heldBy(
  instances: readonly string[],
  resource: string,
  { residents }: RoomRequest,
): number {
  return residents.reduce(
    (sum, { instance, holds }) => sum + (instances.includes(instance) ? (holds[resource] ?? 0) : 0),
    0,
  );
}
