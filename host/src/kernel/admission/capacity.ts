import type { Capacity } from '../arbitrate/decision.ts';
import type { Lease } from '../leases/lease.ts';

/** A machine as it was measured; see `resources/snapshot.ts`. */
export interface MeasuredMachine {
  readonly cpu: { readonly cores: number };
  readonly memory: { readonly total: number; readonly available: number };
  readonly disks: readonly {
    readonly mount: string;
    readonly total: number;
    readonly available: number;
  }[];
  readonly gpus: readonly MeasuredGpu[];
}

export interface MeasuredGpu {
  readonly index: number;
  readonly total: number;
  readonly used: number;
  /** Its memory is the machine's. */
  readonly isUnified: boolean;
  readonly processes: readonly { readonly pid: number; readonly bytes: number }[] | null;
}

/** What a process and all its descendants use. */
export interface MeasuredTree {
  readonly rssBytes: number;
  /** A device of which it cannot be told has no entry. */
  readonly vram: { readonly [gpu: number]: number } | null;
}

export interface Measured {
  readonly snapshot: MeasuredMachine;
  /** By the process at its root. */
  readonly trees: ReadonlyMap<number, MeasuredTree>;
}

/** The shares that may be granted. */
export interface Headroom {
  ram: number;
  vram: number;
}

/**
 * What asks for more although it holds something already: what it holds is part of what it asks for, and must not
 * stand in its own way.
 */
export interface Own {
  pid: number;
  /** What it may hold of each resource where that cannot be measured. */
  presumed: { readonly [resource: string]: number };
}

type Attributed = Pick<Lease, 'id' | 'attributedPid'>;

export const vramOf = (gpu: number): string => `gpu:${gpu}/vram`;

/**
 * What there is of each measured resource, and who uses it. Processor time is shared and not used up, so of `cpu`
 * only what was granted counts.
 */
export function capacityFrom(
  measured: Measured,
  leases: readonly Attributed[],
  headroom: Headroom,
  own: Own | null = null,
): Capacity {
  const { snapshot } = measured;
  const { cpu, disks, gpus } = snapshot;
  const cores = cpu.cores * 1000;
  return {
    ram: ram(measured, leases, headroom.ram, own),
    cpu: { total: cores, budget: cores, used: 0, usedBy: {} },
    ...Object.fromEntries(
      disks.map(({ mount, total, available }) => [
        `disk:${mount}`,
        { total, budget: total, used: total - available, usedBy: null },
      ]),
    ),
    ...Object.fromEntries(
      gpus.map((gpu) => [vramOf(gpu.index), vram(gpu, measured, leases, headroom.vram, own)]),
    ),
  };
}

function ram(
  { snapshot, trees }: Measured,
  leases: readonly Attributed[],
  share: number,
  own: Own | null,
): Capacity[string] {
  const { total, available } = snapshot.memory;
  const ownUse = own === null ? 0 : (trees.get(own.pid)?.rssBytes ?? 0);
  const usedBy = useByLease(leases, (pid) => (pid === own?.pid ? 0 : trees.get(pid)?.rssBytes));
  const used = Math.max(0, total - available - ownUse);
  return { total, budget: Math.floor(total * share), used, usedBy };
}

function vram(
  gpu: MeasuredGpu,
  { trees }: Measured,
  leases: readonly Attributed[],
  share: number,
  own: Own | null,
): Capacity[string] {
  const { index, total } = gpu;
  const ownUse = own === null ? 0 : ownVram(index, trees.get(own.pid), own);
  const used = Math.max(0, gpu.used - ownUse);
  const budget = Math.floor(total * share);
  if (gpu.processes === null) return { total, budget, used, usedBy: null };
  const usedBy = useByLease(leases, (pid) =>
    pid === own?.pid ? 0 : trees.get(pid)?.vram?.[index],
  );
  return { total, budget, used, usedBy };
}

/** Where nobody can tell, it is taken to hold what it was granted last. */
function ownVram(index: number, tree: MeasuredTree | undefined, { presumed }: Own): number {
  if (tree === undefined) return 0;
  return tree.vram?.[index] ?? presumed[vramOf(index)] ?? 0;
}

/** Of two leases with the same process tree, its use counts as that of the first. */
function useByLease(
  leases: readonly Attributed[],
  useOf: (pid: number) => number | undefined,
): { [leaseId: string]: number } {
  const counted = new Set<number>();
  const usedBy: { [leaseId: string]: number } = {};
  for (const { id, attributedPid: pid } of leases) {
    if (pid === null || counted.has(pid)) continue;
    const use = useOf(pid);
    if (use === undefined) continue;
    counted.add(pid);
    usedBy[id] = use;
  }
  return usedBy;
}

/** So much of a resource is spoken for: granted or used, by us or by strangers. As `arbitrate` counts it. */
export function demandOf(
  resource: string,
  leases: readonly Pick<Lease, 'id' | 'claims'>[],
  capacity: Capacity,
): number {
  const { used = 0, usedBy = null } = capacity[resource] ?? {};
  let granted = 0;
  let ours = 0;
  let oursUsed = 0;
  for (const lease of leases) {
    const amount = amountOf(resource, lease);
    if (amount === 0) continue;
    const use = usedBy?.[lease.id] ?? 0;
    granted += amount;
    ours += Math.max(amount, use);
    oursUsed += use;
  }
  return usedBy === null ? Math.max(granted, used) : ours + Math.max(0, used - oursUsed);
}

export function amountOf(resource: string, { claims }: Pick<Lease, 'claims'>): number {
  let sum = 0;
  for (const claim of claims) {
    if (claim.kind === 'quantity' && claim.resource === resource) sum += claim.amount;
  }
  return sum;
}

/** What may still be granted of it; below 0 where more is used than may be granted. */
export function freeOf(
  resource: string,
  leases: readonly Pick<Lease, 'id' | 'claims'>[],
  capacity: Capacity,
): number {
  return (capacity[resource]?.budget ?? 0) - demandOf(resource, leases, capacity);
}
