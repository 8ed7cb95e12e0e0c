import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { type CgroupLimits, cgroupLimits } from './cgroups.ts';

export interface Memory {
  /** What this process may use at most: a container's limit where that is less than what the machine has. */
  total: number;
  /** What may still be used before somebody is killed for it; caches the kernel gives back count as available. */
  available: number;
}

/**
 * The memory of the machine, or of the container this process is in. Every control group above the process is looked at,
 * for any of them may be the one that is full.
 */
export function memoryOf(root = '/'): Memory {
  const machine = machineMemory(root);
  return cgroupLimits(root).memory.reduce(narrowed, machine);
}

function narrowed(memory: Memory, { limit, used }: CgroupLimits['memory'][number]): Memory {
  if (limit >= memory.total && used <= memory.total - memory.available) return memory;
  return {
    total: Math.min(memory.total, limit),
    available: Math.max(0, Math.min(memory.available, limit - used)),
  };
}

/** `MemAvailable` is the kernel's own estimate; kernels before 3.14 have none, and other systems no such file. */
function machineMemory(root: string): Memory {
  const total = kilobytes(root, 'MemTotal');
  const available = kilobytes(root, 'MemAvailable') ?? kilobytes(root, 'MemFree');
  if (total === null || available === null) return { total: totalmem(), available: freemem() };
  return { total, available };
}

function kilobytes(root: string, field: string): number | null {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(meminfo(root));
  return found === null ? null : Number(found[1]) * 1024;
}

function meminfo(root: string): string {
  try {
    return readFileSync(`${root}proc/meminfo`, 'latin1');
  } catch {
    return '';
  }
}
