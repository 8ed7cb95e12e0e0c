import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Live processes whose environment carries this text; zombies are not live. Looks for itself, as anybody could. */
export function processesMarked(mark: string): number[] {
  const found: number[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    try {
      if (!readFileSync(`/proc/${entry}/environ`, 'latin1').split('\0').includes(mark)) continue;
      if (!/\) [ZX] /.test(readFileSync(`/proc/${entry}/stat`, 'latin1'))) found.push(Number(entry));
    } catch {
      // It ended while it was looked at.
    }
  }
  return found;
}

/** Waits until no process carries the mark; how long that took, and who is left after `withinMs`. */
export async function untilNoneMarked(
  mark: string,
  withinMs: number,
): Promise<{ ms: number; left: number[] }> {
  const started = performance.now();
  for (;;) {
    const left = processesMarked(mark);
    const ms = performance.now() - started;
    if (left.length === 0 || ms > withinMs) return { ms, left };
    // oxlint-disable-next-line no-await-in-loop -- looks again only when it has looked
    await pause(10);
  }
}

export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone by itself.
    }
  }
}
