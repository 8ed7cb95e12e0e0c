import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Live processes whose environment carries this text; zombies are not live. Looks for itself, as anybody could. */
export function processesMarked(mark: string): number[] {
  const found: number[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    try {
      if (!readFileSync(`/proc/${entry}/environ`, 'latin1').split('\0').includes(mark)) continue;
      if (!/\) [ZX] /.test(readFileSync(`/proc/${entry}/stat`, 'latin1')))
        found.push(Number(entry));
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

/** The guards of a host: they carry no mark, but are its children. */
export function guardsOf(hostPid: number): number[] {
  const path = `/proc/${hostPid}/task/${hostPid}/children`;
  try {
    const children = readFileSync(path, 'latin1').split(' ').filter(Boolean).map(Number);
    return children.filter((pid) => commandOf(pid).includes('capstan-guard'));
  } catch {
    return [];
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

/** Those of them that still live. */
export const alive = (pids: readonly number[]): number[] =>
  pids.filter((pid) => {
    try {
      return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    } catch {
      return false;
    }
  });
