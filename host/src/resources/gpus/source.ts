import type { GpuSnapshot } from '../snapshot.ts';

/** What one kind of GPU says of itself, and what of it could not be measured. */
export interface GpuReading {
  gpus: GpuSnapshot[];
  problems: string[];
}

export const nothing: GpuReading = { gpus: [], problems: [] };
