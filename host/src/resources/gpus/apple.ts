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
