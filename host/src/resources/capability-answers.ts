import type { MachineBasis } from './built-in.ts';
import type { GpuProcess, GpuSnapshot, MachineSnapshot } from './snapshot.ts';

/** What a monitor said; `processes` null where it declines to tell. */
export interface Told {
  status: unknown;
  processes: unknown;
}

export type Reading =
  | { kind: 'read'; snapshot: MachineSnapshot }
  | { kind: 'unread'; reason: string };

/** What a monitor said, in our words. `basis` fills in what it does not tell. */
export function snapshotFrom(
  name: string,
  { status, processes }: Told,
  basis: MachineBasis,
): Reading {
  const said = dataIn(status);
  if (said === null) {
    return { kind: 'unread', reason: `get_system_status answered ${shown(status)}, not an object` };
  }
  const problems = [...basis.problems];
  const complain = (what: string): void => void problems.push(`monitor "${name}": ${what}`);
  const total = mibIn(said, 'memory_total_mb');
  const used = mibIn(said, 'memory_used_mb');
  const available = mibIn(said, 'memory_available_mb') ?? differenceOf(total, used);
  const hasMemory = total !== null && available !== null && total > 0 && available <= total;
  if (!hasMemory) complain('memory_total_mb and memory_available_mb make no sense or are missing');
  const held = processesIn(processes, complain);
  const gpus = gpusIn(said, held, complain);
  return {
    kind: 'read',
    snapshot: {
      atMs: performance.now(),
      cpu: { cores: basis.cpu.cores, busyPercent: percentIn(said, 'cpu_percent') },
      memory: hasMemory ? { total, available } : basis.memory,
      disks: basis.disks,
      gpus,
      problems,
    },
  };
}

type Fields = { readonly [name: string]: unknown };
interface Held extends GpuProcess {
  gpu: number;
}

/** An object, taken out of the wrapping of a registered class. */
function dataIn(value: unknown): Fields | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const fields = value as Fields;
  return '__wire__' in fields ? dataIn(fields['data']) : fields;
}

function gpusIn(
  said: Fields,
  held: readonly Held[] | null,
  complain: (what: string) => void,
): GpuSnapshot[] {
  const vendor = vendorOf(said['gpu_type']);
  // Monitors that cannot tell list nobody. Where memory is in use, that is no answer.
  const processesOf = (index: number | null, used: number): GpuProcess[] | null =>
    held === null || (held.length === 0 && used > 0)
      ? null
      : held
          .filter(({ gpu }) => index === null || gpu === index)
          .map(({ pid, bytes, command }) => ({ pid, bytes, command }));
  if (Array.isArray(said['gpus'])) {
    return said['gpus'].flatMap((one: unknown, position): GpuSnapshot[] => {
      const device = dataIn(one) ?? {};
      const index = wholeIn(device, 'index') ?? position;
      const total = mibIn(device, 'total_memory_mb');
      const used =
        mibIn(device, 'used_memory_mb') ?? differenceOf(total, mibIn(device, 'free_memory_mb'));
      if (total === null || total === 0 || used === null) {
        complain(`gpus[${position}] needs total_memory_mb and used_memory_mb; it is left out`);
        return [];
      }
      const name = typeof device['name'] === 'string' ? device['name'] : nameOf(said);
      const busyPercent = percentIn(device, 'load_percent');
      const processes = processesOf(index, used);
      return [{ index, name, vendor, total, used, busyPercent, isUnified: false, processes }];
    });
  }
  const total = mibIn(said, 'gpu_total_memory_mb');
  if (total === null || total === 0) return [];
  const used =
    mibIn(said, 'gpu_used_memory_mb') ?? differenceOf(total, mibIn(said, 'gpu_free_memory_mb'));
  if (used === null) {
    complain('gpu_used_memory_mb is missing; the GPU is left out');
    return [];
  }
  if (held?.some(({ gpu }) => gpu > 0) === true) {
    complain(
      'several devices are told as one; claims are held against their sum (tell `gpus`, one for each)',
    );
  }
  const busyPercent = percentIn(said, 'gpu_load_percent');
  const gpu = { index: 0, name: nameOf(said), vendor, total, used, busyPercent };
  return [{ ...gpu, isUnified: vendor === 'apple', processes: processesOf(null, used) }];
}

function processesIn(answer: unknown, complain: (what: string) => void): Held[] | null {
  if (answer === null || answer === undefined) return null;
  const wrapped = Array.isArray(answer) ? answer : dataIn(answer)?.['processes'];
  if (!Array.isArray(wrapped)) {
    complain(
      `list_processes answered ${shown(answer)}, not a list; who holds GPU memory is unknown`,
    );
    return null;
  }
  return wrapped.flatMap((one: unknown): Held[] => {
    const fields = dataIn(one) ?? {};
    const pid = wholeIn(fields, 'pid');
    const bytes = mibIn(fields, 'gpu_memory_mb');
    // Monitors list processes that hold nothing, too.
    if (pid === null || bytes === null || bytes === 0) return [];
    const command = typeof fields['command'] === 'string' ? fields['command'] : null;
    return [{ pid, gpu: wholeIn(fields, 'gpu_index') ?? 0, bytes, command }];
  });
}

function vendorOf(type: unknown): GpuSnapshot['vendor'] {
  const name = String(type).toLowerCase();
  const known = ['nvidia', 'amd', 'apple'] as const;
  return known.find((vendor) => name.includes(vendor)) ?? 'other';
}

const nameOf = (said: Fields): string =>
  typeof said['gpu_type'] === 'string' && said['gpu_type'] !== '' ? said['gpu_type'] : 'GPU';

function numberIn(fields: Fields, name: string): number | null {
  const value = fields[name];
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

function wholeIn(fields: Fields, name: string): number | null {
  const value = numberIn(fields, name);
  return value !== null && Number.isInteger(value) ? value : null;
}

function mibIn(fields: Fields, name: string): number | null {
  const value = numberIn(fields, name);
  return value === null ? null : Math.round(value * 1024 * 1024);
}

function percentIn(fields: Fields, name: string): number | null {
  const value = numberIn(fields, name);
  return value === null ? null : Math.min(100, Math.round(value));
}

const differenceOf = (total: number | null, rest: number | null): number | null =>
  total === null || rest === null ? null : Math.max(0, total - rest);

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80);
