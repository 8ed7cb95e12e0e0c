/** What a machine has and what is in use of it, as seen at one moment. Amounts are bytes unless a name says otherwise. */
export interface MachineSnapshot {
  /** Milliseconds of the monotonic clock of this process. */
  atMs: number;
  cpu: { cores: number; busyPercent: number | null };
  /** `total` is what this process may use at most: a container's limit where there is one. */
  memory: { total: number; available: number };
  disks: readonly DiskSnapshot[];
  gpus: readonly GpuSnapshot[];
  /** What could not be measured, and why, for people. */
  problems: readonly string[];
}

export interface DiskSnapshot {
  mount: string;
  total: number;
  available: number;
}

export interface GpuSnapshot {
  /** As in `gpu:<index>/vram`. */
  index: number;
  name: string;
  vendor: 'nvidia' | 'amd' | 'apple' | 'fake' | 'other';
  total: number;
  used: number;
  busyPercent: number | null;
  /** Its memory is the machine's memory. */
  isUnified: boolean;
  /** Who holds memory of it; null where that cannot be told. */
  processes: readonly GpuProcess[] | null;
}

export interface GpuProcess {
  pid: number;
  bytes: number;
  command: string | null;
}
