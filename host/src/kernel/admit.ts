import { goesBefore, type Line, type Waiting } from './line.ts';

/** A job that holds a lane of the host and a slot of its instance. */
export interface Holder {
  jobId: string;
  nodeId: string | null;
  sinceMs: number;
}

/** Everything admission looks at. `running` names the holders of each instance's slots. */
export interface House {
  lanes: number;
  slotsOf(instance: string): number;
  /** What else keeps the jobs of an instance from starting: there is no room for them on the machine, say. */
  obstacleOf?(instance: string): WaitReason | null;
  running: ReadonlyMap<string, ReadonlyMap<string, Holder>>;
  lines: ReadonlyMap<string, Line>;
}

export function lanesInUse(house: House): number {
  let inUse = 0;
  for (const holders of house.running.values()) inUse += holders.size;
  return inUse;
}

/**
 * The job that may start now: the first in line among the instances that have a free slot, so a busy
 * instance never holds up the others. Its cost grows with the number of instances, not of jobs.
 */
export function admit(house: House): Waiting | null {
  if (lanesInUse(house) >= house.lanes) return null;
  let best: Waiting | null = null;
  for (const [instance, line] of house.lines) {
    const head = line.head();
    if (head === undefined || slotsInUse(house, instance) >= house.slotsOf(instance)) continue;
    if ((house.obstacleOf?.(instance) ?? null) !== null) continue;
    if (best === null || goesBefore(head, best)) best = head;
  }
  return best;
}

/**
 * The jobs that wait for nothing in this host but what stands in their instances' way, the first to go in front: one
 * of each instance.
 */
export function heldUp(house: House): Waiting[] {
  const heads: Waiting[] = [];
  if (house.obstacleOf === undefined) return heads;
  for (const [instance, line] of house.lines) {
    const head = line.head();
    if (head === undefined || slotsInUse(house, instance) >= house.slotsOf(instance)) continue;
    if (house.obstacleOf(instance) !== null) heads.push(head);
  }
  return heads.toSorted((a, b) => (goesBefore(a, b) ? -1 : 1));
}

const slotsInUse = (house: House, instance: string): number =>
  house.running.get(instance)?.size ?? 0;

export interface WaitReason {
  /** What is short; a reason is worth telling again only when this changes. */
  kind:
    | 'slot'
    | 'lane'
    | 'turn'
    | 'store'
    | 'delay'
    | 'disabled'
    | 'start'
    /** Of the machine: memory, memory of a GPU, something else that is counted, or nobody can tell. */
    | 'memory'
    | 'gpu'
    | 'resource'
    | 'ledger'
    /** Nobody was asked yet, or room was found and is being made. */
    | 'room';
  text: string;
}

/** Why a pending job does not run, in a sentence with numbers and the holders in the way. */
export function whyWaiting(job: Waiting, house: House, nowMs: number): WaitReason {
  const slots = house.slotsOf(job.instance);
  const holders = [...(house.running.get(job.instance)?.values() ?? [])];
  if (holders.length >= slots) {
    const text = `waiting for a slot of \`${job.instance}\`: ${holders.length} of ${slots} in use by ${named(holders, nowMs)}`;
    return { kind: 'slot', text };
  }
  const inUse = lanesInUse(house);
  if (inUse >= house.lanes) {
    const all = [...house.running.values()].flatMap((one) => [...one.values()]);
    const text = `waiting for a lane of this host: ${inUse} of ${house.lanes} in use by ${named(all, nowMs)}`;
    return { kind: 'lane', text };
  }
  const obstacle = house.obstacleOf?.(job.instance) ?? null;
  if (obstacle !== null) return obstacle;
  const inLine = house.lines.get(job.instance)?.size ?? 0;
  return { kind: 'turn', text: `next to start: ${inLine} in line for \`${job.instance}\`` };
}

const namedAtMost = 3;

function named(holders: readonly Holder[], nowMs: number): string {
  const oldest = holders.toSorted((a, b) => a.sinceMs - b.sinceMs);
  const words = oldest.slice(0, namedAtMost).map(({ jobId, nodeId, sinceMs }) => {
    const node = nodeId === null ? '' : ` (node ${nodeId})`;
    return `${jobId}${node} for ${Math.max(0, Math.round((nowMs - sinceMs) / 1000))} s`;
  });
  const others = holders.length - words.length;
  return others > 0 ? `${words.join(', ')} and ${others} more` : words.join(', ');
}
