import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { isoFromMs, systemClock } from './clock.ts';
import { messageOf } from './errors.ts';
import { claimText } from './kernel/arbitrate/blocker-text.ts';
import type { Resident } from './instances/index.ts';
import { amountOf, capacityFrom, freeOf } from './kernel/admission/index.ts';
import type { Capacity } from './kernel/arbitrate/decision.ts';
import type { Claim } from './kernel/claims/claim.ts';
import type { Lease } from './kernel/leases/lease.ts';
import { directLedger, type LedgerService, type LedgerView } from './leases/index.ts';
import { machinePaths, workspacePaths } from './paths.ts';
import { type MachineSnapshot, Monitor, type TreeUse } from './resources/index.ts';

/** What a machine has, who uses it, and who holds what of it. */
export interface MachineReport {
  /** ISO 8601, UTC. */
  at: string;
  /** The process of the workspace's host; null where none is up. */
  hostPid: number | null;
  devices: Device[];
  /** Workers of this workspace's host, idle ones first that have been idle longest. */
  residents: ResidentUse[];
  leases: HeldLease[];
  waiters: WaitingHolder[];
  /** Ledgers that could not be read: who holds what of them is not known. */
  unread: ('workspace' | 'machine')[];
  /** What could not be looked at, and why, for people. */
  problems: string[];
}

/** Amounts in bytes, and for `cpu` in thousandths of a core; null where that cannot be told. */
export interface Device {
  /** As in claims: `ram`, `cpu`, `gpu:0/vram`, `disk:/srv`. */
  resource: string;
  name: string | null;
  total: number;
  /** By the host of this workspace and its workers. */
  ours: number | null;
  /** By everybody else. */
  others: number | null;
  /** What leases of the machine hold of it, whether or not they use it yet. */
  granted: number;
  /** Neither used nor granted. */
  free: number | null;
  /** Of a GPU: how busy it is. */
  busyPercent: number | null;
}

/** A worker that is up, or coming up. */
export interface ResidentUse extends Resident {
  /** Of one core. */
  cpuPercent: number | null;
}

export interface HeldLease {
  ledger: 'workspace' | 'machine';
  id: string;
  holder: string;
  /** Of a holder that is one process. */
  pid: number | null;
  claims: readonly Claim[];
  /** The same in words, each. */
  holds: string[];
  purpose: string | null;
  runId: string | null;
  since: string;
  /** Until it expires; null for one that lasts as long as its process. */
  leftMs: number | null;
  /** Why it holds nothing any more, though nobody has noted that yet. */
  ended: string | null;
  /** Somebody wants it stopped: who, and why. */
  halt: { reason: string; by: string; at: string } | null;
}

export interface WaitingHolder {
  ledger: 'workspace' | 'machine';
  ticket: number;
  holder: string;
  pid: number | null;
  /** In words, one entry for each alternative. */
  wants: string[];
  purpose: string | null;
  waitedMs: number;
}

export interface ReportParts {
  monitor: Monitor;
  residents: readonly Resident[];
  /** Null where no host is up. */
  hostPid: number | null;
  /** Null outside of a workspace. */
  root: string | null;
  env: { readonly [name: string]: string | undefined };
}

/** As things are now. Never throws for what cannot be looked at: `problems` says so. Changes nothing. */
export async function machineReport(parts: ReportParts): Promise<MachineReport> {
  const { monitor, residents, hostPid, root, env } = parts;
  const pids = residents.flatMap(({ pid }) => (pid === null ? [] : [pid]));
  const { live, ...held } = await heldNow(root, env);
  const holders = live.flatMap(({ attributedPid }) => attributedPid ?? []);
  const measured = await monitor.measure([
    ...new Set([...pids, ...holders, ...(hostPid === null ? [] : [hostPid])]),
  ]);
  const { snapshot, trees } = measured;
  return {
    at: isoFromMs(systemClock.nowMs()),
    hostPid,
    devices: devicesIn(snapshot, oursOf(hostPid === null ? null : trees.get(hostPid))).map((each) =>
      withGrants(each, live, capacityFrom(measured, live, whole)),
    ),
    residents: residents
      .map((resident) => withUse(resident, trees))
      .toSorted((a, b) => (b.idleForMs ?? -1) - (a.idleForMs ?? -1)),
    ...held,
    problems: [...snapshot.problems, ...held.problems],
  };
}

/** Looks at a machine again and again for a process that is no host. */
export class MachineObserver {
  readonly #monitor: Monitor;
  readonly #place: { root: string | null; env: ReportParts['env'] };
  #isFirst = true;

  constructor(place: { root: string | null; env: ReportParts['env'] }) {
    this.#place = place;
    const disks = place.root === null ? [] : [place.root];
    this.#monitor = new Monitor({ env: place.env, disks });
  }

  /** How busy the cores are takes two looks. */
  async report(): Promise<MachineReport> {
    if (this.#isFirst) {
      await this.#monitor.snapshot();
      await pause(210);
      this.#isFirst = false;
    }
    await this.#monitor.snapshot(0);
    return machineReport({
      monitor: this.#monitor,
      residents: [],
      hostPid: null,
      ...this.#place,
    });
  }

  close(): void {
    this.#monitor.close();
  }
}

function withUse(resident: Resident, trees: ReadonlyMap<number, TreeUse>): ResidentUse {
  const use = resident.pid === null ? undefined : trees.get(resident.pid);
  if (use === undefined) return { ...resident, cpuPercent: null };
  const { rssBytes, cpuPercent, vram } = use;
  return { ...resident, rssBytes, cpuPercent, vramBytes: vram };
}

/** For people all there is counts: what is kept back of it is the business of whoever grants. */
const whole = { ram: 1, vram: 1 };

/** What was granted and is not used yet is as little free as what is used. */
function withGrants(each: Device, live: readonly Lease[], capacity: Capacity): Device {
  const { resource, free } = each;
  const granted = live.reduce((sum, lease) => sum + amountOf(resource, lease), 0);
  const left = free === null ? null : Math.min(free, freeOf(resource, live, capacity));
  return { ...each, granted, free: left === null ? null : Math.max(0, left) };
}

interface Ours {
  rssBytes: number;
  cpuPercent: number;
  vramOf: (gpu: number) => number | null;
}

/** Workers are children of their host: all that is ours is in its tree. */
function oursOf(host: TreeUse | null | undefined): Ours {
  if (host === null || host === undefined) {
    return { rssBytes: 0, cpuPercent: 0, vramOf: () => 0 };
  }
  const { rssBytes, cpuPercent, vram } = host;
  return { rssBytes, cpuPercent, vramOf: (gpu) => vram?.[gpu] ?? null };
}

function devicesIn({ cpu, memory, disks, gpus }: MachineSnapshot, ours: Ours): Device[] {
  const cores = cpu.cores * 1000;
  const busy = cpu.busyPercent === null ? null : Math.round((cores * cpu.busyPercent) / 100);
  return [
    device('cpu', null, cores, busy, Math.round(ours.cpuPercent * 10)),
    device('ram', null, memory.total, memory.total - memory.available, ours.rssBytes),
    ...gpus.map(({ index, name, total, used, busyPercent }) => ({
      ...device(`gpu:${index}/vram`, name, total, used, ours.vramOf(index)),
      busyPercent,
    })),
    ...disks.map(({ mount, total, available }) =>
      device(`disk:${mount}`, null, total, total - available, null),
    ),
  ];
}

/** What is ours is part of what is used, however the two were measured. */
function device(
  resource: string,
  name: string | null,
  total: number,
  used: number | null,
  ours: number | null,
): Device {
  const own = ours === null || used === null ? ours : Math.min(ours, used);
  return {
    resource,
    name,
    total,
    ours: own,
    others: used === null || own === null ? null : used - own,
    granted: 0,
    free: used === null ? null : Math.max(0, total - used),
    busyPercent: null,
  };
}

type Held = Pick<MachineReport, 'leases' | 'waiters' | 'unread' | 'problems'> & {
  /** Those of the machine that still hold something. */
  live: readonly Lease[];
};

/** Both ledgers, as far as there are any; a file that is not there yet is not made. */
async function heldNow(root: string | null, env: ReportParts['env']): Promise<Held> {
  const files = [
    ...(root === null ? [] : [['workspace', workspacePaths(root).ledger] as const]),
    ['machine', machinePaths(env).machineLedger] as const,
  ].filter(([, file]) => existsSync(file));
  const allowNetworkFilesystem = env['CAPSTAN_ALLOW_NETWORK_FS'] === '1';
  const all = await Promise.all(
    files.map(([ledger, file]) => heldIn(ledger, file, allowNetworkFilesystem)),
  );
  return {
    leases: all.flatMap(({ leases }) => leases),
    waiters: all.flatMap(({ waiters }) => waiters),
    unread: all.flatMap(({ unread }) => unread),
    problems: all.flatMap(({ problems }) => problems),
    live: all.flatMap(({ live }) => live),
  };
}

async function heldIn(
  ledger: 'workspace' | 'machine',
  file: string,
  allowNetworkFilesystem: boolean,
): Promise<Held> {
  let service: LedgerService | null = null;
  try {
    service = directLedger(file, { allowNetworkFilesystem });
    const view = await service.state();
    const live = ledger === 'machine' ? view.live.filter(({ id }) => !(id in view.endings)) : [];
    return { ...viewed(ledger, view), live, unread: [], problems: [] };
  } catch (error) {
    const problem = `the leases of the ${ledger} cannot be read: ${messageOf(error)}`;
    return { leases: [], waiters: [], live: [], unread: [ledger], problems: [problem] };
  } finally {
    await service?.close().catch(() => {});
  }
}

function viewed(
  ledger: 'workspace' | 'machine',
  { nowMs, live, waiters, endings }: LedgerView,
): Pick<Held, 'leases' | 'waiters'> {
  return {
    leases: live.map((lease) => ({
      ledger,
      id: lease.id,
      holder: lease.holder.name,
      pid: lease.holder.process?.pid ?? null,
      claims: lease.claims,
      holds: lease.claims.map(claimText),
      purpose: lease.purpose,
      runId: lease.runId,
      since: lease.acquiredAt,
      leftMs: lease.expiresMs === null ? null : Math.max(0, lease.expiresMs - nowMs),
      ended: endings[lease.id] ?? null,
      halt: lease.halt,
    })),
    waiters: waiters.map(({ ticket, holder, alternatives, purpose, sinceMs }) => ({
      ledger,
      ticket,
      holder: holder.name,
      pid: holder.process?.pid ?? null,
      wants: alternatives.map((claims) => claims.map(claimText).join(', ')),
      purpose,
      waitedMs: Math.max(0, nowMs - sinceMs),
    })),
  };
}
