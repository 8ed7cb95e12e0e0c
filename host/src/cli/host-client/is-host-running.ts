import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { type ControlAddress, readHostNote } from '../../http/host-info.ts';
import { workspacePaths } from '../../paths.ts';

/**
 * Whether a host owns this workspace now. Reads what the last one said of itself and looks whether that one
 * still is there; it never touches the lock, so it cannot be in the way of a host that is starting.
 */
export async function isHostRunning(root: string): Promise<boolean> {
  const note = readHostNote(workspacePaths(root));
  if (note === null) return false;
  if (note.control !== undefined) return isAnswered(note.control);
  return isAlive(note.pid) && !startedAfter(note.pid, note.startedAt);
}

/** A unix socket whose owner is dead refuses at once. */
function isAnswered({ socket }: ControlAddress): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const attempt = connect(socket);
  attempt.once('connect', () => resolve(true));
  attempt.once('error', () => resolve(false));
  return promise.finally(() => attempt.destroy());
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A process that began after the host had said it was there only has its number. */
function startedAfter(pid: number, startedAt: string): boolean {
  const began = processStartMs(pid);
  return began !== null && began > Date.parse(startedAt) + clockSlackMs;
}

/** The kernel counts a process's start in hundredths of a second, from the boot on. */
const clockSlackMs = 1_000;

function processStartMs(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
    const upSeconds = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]);
    const startedSeconds = Number(fields[19]) / 100;
    return Date.now() - (upSeconds - startedSeconds) * 1000;
  } catch {
    return null;
  }
}
