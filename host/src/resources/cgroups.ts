import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the control groups of this process allow it, from its own group up to the topmost. Groups without a limit are left out. */
export interface CgroupLimits {
  memory: { limit: number; used: number }[];
  cpu: CpuLimit[];
}

export interface CpuLimit {
  /** Cores' worth of time. */
  cores: number;
  /** Processor time the group has used so far; null where it is not counted. */
  usedMs: number | null;
}

/**
 * Reads the limits a container engine or a service manager has set, of both versions of control groups.
 *
 * The path in `/proc/self/cgroup` is the one outside of the container when the container has no namespace of its own for
 * groups; its folder is then mounted as the topmost one, and the path leads nowhere. So a path that is not there stands for the topmost.
 * `root` is `/`, or a folder with copies of `proc` and `sys`.
 */
export function cgroupLimits(root: string): CgroupLimits {
  const limits: CgroupLimits = { memory: [], cpu: [] };
  for (const { controllers, path } of groupsOf(root)) {
    if (controllers === '') {
      for (const mount of ['sys/fs/cgroup', 'sys/fs/cgroup/unified']) {
        for (const folder of upwards(join(root, mount), path)) readSecond(folder, limits);
      }
      continue;
    }
    const names = controllers.split(',');
    for (const mount of mountsOf(root, controllers)) {
      for (const folder of upwards(mount, path)) readFirst(folder, names, limits);
    }
  }
  return limits;
}

/** Lines `<number>:<controllers>:<path>`; version 2 is the one without controllers. */
function groupsOf(root: string): { controllers: string; path: string }[] {
  const lines = text(join(root, 'proc/self/cgroup')).split('\n');
  return lines.flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return controllers === undefined || path === undefined ? [] : [{ controllers, path }];
  });
}

/** Controllers that are mounted together lie under their joint name, or under each one's. */
function mountsOf(root: string, controllers: string): string[] {
  const base = join(root, 'sys/fs/cgroup');
  const joint = join(base, controllers);
  if (existsSync(joint)) return [joint];
  return controllers.split(',').map((name) => join(base, name));
}

function upwards(mount: string, path: string): string[] {
  if (!existsSync(mount)) return [];
  const folders: string[] = [];
  const start = join(mount, path);
  const isInside = start.startsWith(`${mount}/`) && existsSync(start);
  for (let at = isInside ? start : mount; ; at = dirname(at)) {
    folders.push(at);
    if (at === mount || at === dirname(at)) return folders;
  }
}

function readSecond(folder: string, limits: CgroupLimits): void {
  // Above `high` a group is slowed down until nothing moves, so it is a limit like `max`.
  const limit = Math.min(amount(folder, 'memory.max'), amount(folder, 'memory.high'));
  const current = amount(folder, 'memory.current');
  if (isLimit(limit) && Number.isFinite(current)) {
    const reclaimable = statistic(folder, 'memory.stat', [
      'active_file',
      'inactive_file',
      'slab_reclaimable',
    ]);
    limits.memory.push({ limit, used: Math.max(0, current - reclaimable) });
  }
  const [quota, period] = text(join(folder, 'cpu.max')).trim().split(' ').map(Number);
  const usedUs = statistic(folder, 'cpu.stat', ['usage_usec']);
  pushCpu(quota, period, usedUs === 0 ? null : usedUs / 1000, limits);
}

function readFirst(folder: string, controllers: readonly string[], limits: CgroupLimits): void {
  if (controllers.includes('memory')) {
    const limit = amount(folder, 'memory.limit_in_bytes');
    const current = amount(folder, 'memory.usage_in_bytes');
    if (isLimit(limit) && Number.isFinite(current)) {
      const reclaimable = statistic(folder, 'memory.stat', [
        'total_active_file',
        'total_inactive_file',
      ]);
      limits.memory.push({ limit, used: Math.max(0, current - reclaimable) });
    }
  }
  if (controllers.includes('cpu')) {
    const usedNs = amount(folder, 'cpuacct.usage');
    const [quota, period] = ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((file) =>
      amount(folder, file),
    );
    pushCpu(quota, period, Number.isFinite(usedNs) ? usedNs / 1e6 : null, limits);
  }
}

function pushCpu(
  quota: number | undefined,
  period: number | undefined,
  usedMs: number | null,
  limits: CgroupLimits,
): void {
  if (quota === undefined || period === undefined) return;
  const cores = quota / period;
  if (quota > 0 && period > 0 && Number.isFinite(cores)) limits.cpu.push({ cores, usedMs });
}

/** Version 1 writes 2^63 less a page where there is no limit. */
const isLimit = (bytes: number): boolean => bytes < 2 ** 60;

/** `max`, what is not there and what cannot be read are no limit. */
function amount(folder: string, file: string): number {
  const written = text(join(folder, file)).trim();
  return /^-?\d+$/.test(written) ? Number(written) : Infinity;
}

function statistic(folder: string, file: string, fields: readonly string[]): number {
  const found = new Map(
    text(join(folder, file))
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
  return fields.reduce((sum, field) => sum + Number(found.get(field) ?? 0), 0);
}

function text(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
