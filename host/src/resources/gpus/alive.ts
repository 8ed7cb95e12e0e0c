import { readlinkSync } from 'node:fs';
import { platform, uptime } from 'node:os';
import { readLive } from '../processes.ts';

const ticksPerMs = 100 / 1000;

/** When a living process began, in milliseconds of the wall clock; null when there is none. Without `/proc`: 0, for any time. */
export function startedAtMs(pid: number): number | null {
  const found = readLive(pid);
  if (found !== null) return Date.now() - uptime() * 1000 + found.startTicks / ticksPerMs;
  if (platform() === 'linux') return null;
  try {
    process.kill(pid, 0);
    return 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 0 : null;
  }
}

/** The kernel gives the first namespace of processes this number, always. */
const firstNamespace = 'pid:[4026531836]';

/** Whether processes have other numbers here than for the kernel and its drivers. */
export function isInPidNamespace(): boolean {
  try {
    return readlinkSync('/proc/self/ns/pid') !== firstNamespace;
  } catch {
    return false;
  }
}
