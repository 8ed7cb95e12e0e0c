import { arch, cpus, platform } from 'node:os';
import { type GpuReading, nothing } from './source.ts';

/**
 * Apple's processors have one memory for everything. Their GPU is told as a device whose memory is the machine's, so that a
 * claim on either is held against the same bytes; whose they are is told by the memory of the processes.
 */
export function appleGpus(
  memory: { total: number; available: number },
  machine = { platform: platform(), arch: arch(), model: cpus()[0]?.model },
): GpuReading {
  if (machine.platform !== 'darwin' || machine.arch !== 'arm64') return nothing;
  const gpu = {
    index: 0,
    name: machine.model ?? 'Apple GPU',
    vendor: 'apple' as const,
    total: memory.total,
    used: memory.total - memory.available,
    busyPercent: null,
    isUnified: true,
    processes: null,
  };
  return { gpus: [gpu], problems: [] };
}

/**
 * What programs may still take on macOS, from what `vm_stat` prints. Node's own figure counts only pages nobody ever used since the
 * last time they were freed, which on a machine that has been up for an hour is next to nothing.
 */
export function parseVmStat(stdout: string): number | null {
  const page = /page size of (\d+) bytes/.exec(stdout)?.[1];
  const pagesOf = (name: string): number =>
    Number(new RegExp(`^"?${name}"?:\\s+(\\d+)\\.`, 'm').exec(stdout)?.[1] ?? Number.NaN);
  const free = pagesOf('Pages free');
  if (page === undefined || Number.isNaN(free)) return null;
  const more = ['Pages inactive', 'Pages speculative', 'Pages purgeable'].map(pagesOf);
  const pages = more.reduce((sum, count) => sum + (Number.isNaN(count) ? 0 : count), free);
  return pages * Number(page);
}
