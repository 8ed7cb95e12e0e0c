/** A worker that is up, as far as it may have to go. */
export interface Resident {
  instance: string;
  /** A call is in it, or on its way to it. */
  isExecuting: boolean;
  isStarting: boolean;
  /** A job waits for it that does not come after the one that needs room. */
  isWanted: boolean;
  /** By resource, as measured. */
  holds: { readonly [resource: string]: number };
}

export interface EvictionRequest {
  /** For whom room is made: its own worker stays. */
  requester: string;
  resource: string;
  /** So much more has to become free. */
  shortfall: number;
  /** More is freed than is short, by this factor: what was measured a moment ago may have grown. */
  margin: number;
  /** A worker that holds less than this is hollow: to end it costs a start and frees nothing. */
  hollowBytes: number;
}

export type EvictionChoice =
  | { kind: 'evict'; victims: readonly string[]; frees: number }
  /** All of them together would not be enough. */
  | { kind: 'not_enough'; victims: readonly string[]; frees: number };

/**
 * Which idle workers make room: the largest first until the target is met, the last of them the smallest that still
 * meets it. Never one that is executing, starting, the requester's own, or wanted by another job.
 *
 * Where even all of them would not be enough, nothing is to be evicted: each eviction costs somebody a start, and the
 * job would wait all the same. Those that could go are named nevertheless, for one that has waited so long that others
 * have to make room as well.
 */
export function chooseVictims(
  residents: readonly Resident[],
  request: EvictionRequest,
): EvictionChoice {
  const { resource, shortfall, margin } = request;
  const candidates = residents
    .filter((each) => mayGo(each, request))
    .map(({ instance, holds }) => ({ instance, bytes: holds[resource] ?? 0 }))
    .toSorted((a, b) => b.bytes - a.bytes || (a.instance < b.instance ? -1 : 1));
  const target = Math.ceil(shortfall * margin);
  const chosen: typeof candidates = [];
  let frees = 0;
  while (frees < target && chosen.length < candidates.length) {
    const missing = target - frees;
    const left = candidates.filter((each) => !chosen.includes(each));
    const next = left.findLast(({ bytes }) => bytes >= missing) ?? left[0];
    if (next === undefined) break;
    chosen.push(next);
    frees += next.bytes;
  }
  const victims = chosen.map(({ instance }) => instance);
  return { kind: frees >= shortfall && frees > 0 ? 'evict' : 'not_enough', victims, frees };
}

function mayGo(
  { instance, isExecuting, isStarting, isWanted, holds }: Resident,
  { requester, resource, hollowBytes }: EvictionRequest,
): boolean {
  if (instance === requester || isExecuting || isStarting || isWanted) return false;
  return (holds[resource] ?? 0) >= hollowBytes;
}
