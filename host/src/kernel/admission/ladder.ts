import type { Capacity } from '../arbitrate/decision.ts';
import { bytesText } from '../amount.ts';
import type { Claim } from '../claims/claim.ts';
import type { Lease } from '../leases/lease.ts';
import { demandOf, freeOf, vramOf } from './capacity.ts';
import { type Basis, declaredOthers, declaredVram, type Need, usesGpu } from './need.ts';

/** How claims are made of what is known. */
export interface AdmissionPolicy {
  /** On top of a measured peak: the next call may be a little larger. */
  margin: number;
  /** Of what may be granted of the memory, for a call that nobody knows anything of. */
  unknownRamShare: number;
  /** The same for the largest GPU. */
  unknownVramShare: number;
  /** So long a guess waits for all it asks for. */
  guessWaitMs: number;
  /** Less than this is not worth to be started with. */
  leastBytes: number;
}

/** Who asks, of which machine, and for how long already. */
export interface AtTheLadder {
  instance: string;
  need: Need;
  capacity: Capacity;
  leases: readonly Pick<Lease, 'id' | 'claims'>[];
  waitedMs: number;
  /** None of ours is running, nor idle and in the way: nothing would be freed by waiting for us. */
  isAlone: boolean;
  /** Its GPUs have no memory of their own: what they use is the machine's. */
  isUnified: boolean;
}

export type Rung =
  /** To be asked of the ledger: any of these, the preferred first. */
  | { kind: 'ask'; basis: Basis; alternatives: Claim[][]; capacity: Capacity }
  /** No wait would help. */
  | {
      kind: 'never';
      reason: string;
      hint: string;
      resource: string;
      needed: number;
      available: number;
    };

/**
 * The upper half of the ladder for jobs, for one whose instance is enabled and has a slot free, as the host has a
 * lane: what is claimed for it, or why that can never be had.
 *
 * Measured peaks are claimed with a margin. Without them what was declared is, and without that a share small enough
 * that other work goes on beside the run that measures. Such a run waits only so long: then it takes what is free. And
 * on a machine on which nothing of ours is left to wait for, either guess takes its chance.
 */
export function ladder(at: AtTheLadder, policy: AdmissionPolicy): Rung {
  const wanted = at.isUnified ? inOneMemory(wantedBy(at, policy)) : wantedBy(at, policy);
  const never = neverFits(at, wanted);
  if (never !== null) return never;
  const isPatient = at.waitedMs < policy.guessWaitMs || !makesDo(wanted.basis, at);
  const { capacity } = at;
  const all = alternativesOf(wanted, at);
  if (isPatient) return { kind: 'ask', basis: wanted.basis, alternatives: all, capacity };
  const alternatives = all.map((claims) => claims.map((claim) => modest(claim, at, policy)));
  return {
    kind: 'ask',
    basis: wanted.basis,
    alternatives,
    capacity: at.isAlone ? roomFor(alternatives, at) : capacity,
  };
}

/** What was declared is worth waiting for while somebody of ours may yet end; what nobody knows anything of is not. */
const makesDo = (basis: Basis, { isAlone }: AtTheLadder): boolean =>
  basis === 'measuring' || (basis === 'declared' && isAlone);

interface Wanted {
  basis: Basis;
  ram: number;
  /** 0 for one that has nothing to do with a GPU. */
  vram: number;
  device: number | null;
  /** The same without margins: what it is known to need, or said to. */
  least: { ram: number; vram: number };
}

const inOneMemory = (wanted: Wanted): Wanted => ({
  ...wanted,
  ram: wanted.ram + wanted.vram,
  vram: 0,
  least: { ram: wanted.least.ram + wanted.least.vram, vram: 0 },
});

function wantedBy({ need, capacity }: AtTheLadder, policy: AdmissionPolicy): Wanted {
  const ramBudget = capacity['ram']?.budget ?? 0;
  const vramBudget = Math.max(0, ...devicesOf(capacity).map((gpu) => budgetOf(gpu, capacity)));
  const declared = declaredVram(need);
  const device = declared?.device ?? need.device;
  const gpu = usesGpu(need);
  const shares = {
    ram: need.declared['ram'] ?? Math.floor(ramBudget * policy.unknownRamShare),
    vram: gpu ? (declared?.amount ?? Math.floor(vramBudget * policy.unknownVramShare)) : 0,
  };
  const { measured, failed } = need;
  if (measured === null) {
    // What a failed call held can raise a guess, though never beyond what there is.
    const guess = {
      ram: Math.max(shares.ram, Math.min(failed?.rssBytes ?? 0, ramBudget)),
      vram: Math.max(shares.vram, Math.min(failed?.vramBytes ?? 0, vramBudget)),
    };
    const isDeclared = need.declared['ram'] !== undefined || declared !== null;
    const least = {
      ram: need.declared['ram'] ?? 0,
      vram: declared?.amount ?? 0,
    };
    return { basis: isDeclared ? 'declared' : 'measuring', ...guess, device, least };
  }
  // Of a short call nobody may have seen what it held: then what was declared is all that is known.
  const peakVram = measured.vramBytes || (gpu ? shares.vram : 0);
  return {
    basis: 'profile',
    ram: withMargin(measured.rssBytes, ramBudget, policy.margin),
    vram: withMargin(peakVram, vramBudget, policy.margin),
    device,
    least: { ram: measured.rssBytes, vram: peakVram },
  };
}

/** The margin is ours: what fits without it is not refused for it. */
const withMargin = (peak: number, budget: number, margin: number): number =>
  peak > budget ? peak : Math.min(Math.ceil(peak * margin), budget);

function neverFits(
  { instance, capacity, need }: AtTheLadder,
  { basis, least, device }: Wanted,
): Rung | null {
  const ramBudget = capacity['ram']?.budget ?? 0;
  const saying = basis === 'profile' ? 'has needed' : 'is declared to need';
  const hint = hintFor(instance, basis);
  if (least.ram > ramBudget) {
    const total = capacity['ram']?.total ?? 0;
    const reason = `\`${instance}\` ${saying} ${bytesText(least.ram)} of memory, and this machine has ${bytesText(total)}, of which ${bytesText(ramBudget)} may be used`;
    return {
      kind: 'never',
      reason,
      hint,
      resource: 'ram',
      needed: least.ram,
      available: ramBudget,
    };
  }
  if (least.vram <= 0) return null;
  const devices = devicesOf(capacity).filter((gpu) => device === null || gpu === device);
  const budget = Math.max(0, ...devices.map((gpu) => budgetOf(gpu, capacity)));
  if (least.vram <= budget) return null;
  const reason = `\`${instance}\` ${saying} ${bytesText(least.vram)} of GPU memory, and ${whatThereIs(devices, capacity, need)}`;
  return {
    kind: 'never',
    reason,
    hint: devices.length === 0 ? nothingFound : hint,
    resource: 'gpu/vram',
    needed: least.vram,
    available: budget,
  };
}

function whatThereIs(devices: readonly number[], capacity: Capacity, { device }: Need): string {
  const best = devices.toSorted((a, b) => budgetOf(b, capacity) - budgetOf(a, capacity))[0];
  if (best === undefined) {
    return device === null
      ? 'this machine has no GPU that could be measured'
      : `there is no GPU ${device} that could be measured`;
  }
  const total = capacity[vramOf(best)]?.total ?? 0;
  const which = devices.length > 1 ? 'the largest here' : 'the one here';
  return `${which}, GPU ${best}, has ${bytesText(total)}, of which ${bytesText(budgetOf(best, capacity))} may be used`;
}

const nothingFound = '`capstan doctor` says which GPUs were looked for, and why none was found.';

const hintFor = (instance: string, basis: Basis): string =>
  basis === 'profile'
    ? `If that peak was an exception, \`capstan profiles reset ${instance}\` forgets it. Otherwise run it with a smaller setting, or on a larger machine.`
    : `If it can do with less, say so under \`resources\` of \`${instance}\` in capstan.yaml.`;

/** One alternative per device: the one where least is left over first, so that large room stays whole. */
function alternativesOf({ ram, vram, device }: Wanted, at: AtTheLadder): Claim[][] {
  const { capacity, leases, need } = at;
  const common: Claim[] = [
    { kind: 'quantity', resource: 'ram', amount: Math.max(1, Math.floor(ram)) },
    ...declaredOthers(need).map(
      ([resource, amount]): Claim => ({
        kind: 'quantity',
        resource,
        amount,
      }),
    ),
  ];
  const devices = devicesOf(capacity).filter((gpu) => device === null || gpu === device);
  if (vram <= 0 || devices.length === 0) return [common];
  const amount = Math.max(1, Math.floor(vram));
  const free = new Map(devices.map((gpu) => [gpu, freeOf(vramOf(gpu), leases, capacity)]));
  const room = (gpu: number): number => free.get(gpu) ?? 0;
  const large = devices.filter((gpu) => budgetOf(gpu, capacity) >= amount);
  const fits = (gpu: number): boolean => room(gpu) >= amount;
  const ordered = (large.length > 0 ? large : devices).toSorted((a, b) => {
    if (fits(a) !== fits(b)) return fits(a) ? -1 : 1;
    return (fits(a) ? room(a) - room(b) : room(b) - room(a)) || a - b;
  });
  return ordered.map((gpu) => [...common, { kind: 'quantity', resource: vramOf(gpu), amount }]);
}

const isMemory = (resource: string): boolean => resource === 'ram' || resource.endsWith('/vram');

/** A guess that has waited long enough takes what is free of memory, if that is anything. */
function modest(claim: Claim, { leases, capacity }: AtTheLadder, policy: AdmissionPolicy): Claim {
  if (claim.kind !== 'quantity' || !isMemory(claim.resource)) return claim;
  const free = freeOf(claim.resource, leases, capacity);
  return {
    ...claim,
    amount: Math.max(1, Math.min(claim.amount, Math.max(free, policy.leastBytes))),
  };
}

/** Nothing of ours is left to wait for: strangers hold the rest, and may hold it for ever. */
function roomFor(alternatives: readonly (readonly Claim[])[], at: AtTheLadder): Capacity {
  const capacity: { [resource: string]: Capacity[string] } = { ...at.capacity };
  for (const claim of alternatives.flat()) {
    if (claim.kind !== 'quantity' || !isMemory(claim.resource)) continue;
    const one = capacity[claim.resource];
    if (one === undefined) continue;
    const least = demandOf(claim.resource, at.leases, at.capacity) + claim.amount;
    capacity[claim.resource] = { ...one, budget: Math.max(one.budget, least) };
  }
  return capacity;
}

const devicesOf = (capacity: Capacity): number[] =>
  Object.keys(capacity).flatMap((resource) => {
    const found = /^gpu:(\d+)\/vram$/.exec(resource);
    return found === null ? [] : [Number(found[1])];
  });

const budgetOf = (gpu: number, capacity: Capacity): number => capacity[vramOf(gpu)]?.budget ?? 0;
