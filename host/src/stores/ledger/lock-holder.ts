import { readFileSync, statSync } from 'node:fs';
import { HostError } from '../../errors.ts';

/** Where SQLite, in its write-ahead mode, locks the file `-shm` for the one who writes. */
const writeLockByte = 120;

export interface LockHolder {
  pid: number;
  command: string;
  /** It was told to stand still, and holds the lock for as long as it does. */
  isStopped: boolean;
}

/** Who writes just now, or null where the system does not tell. */
export function lockHolder(path: string): LockHolder | null {
  try {
    const inode = String(statSync(`${path}-shm`, { bigint: true }).ino);
    for (const line of readFileSync('/proc/locks', 'latin1').split('\n')) {
      // `1: POSIX  ADVISORY  WRITE 4711 fd:00:1234 120 120`
      const [, , , kind, pid, file = '', from, to] = line.trim().split(/\s+/);
      const isIt = kind === 'WRITE' && file.endsWith(`:${inode}`);
      if (isIt && Number(from) <= writeLockByte && Number(to) >= writeLockByte && Number(pid) > 0) {
        return described(Number(pid));
      }
    }
  } catch {
    // Only Linux has this list.
  }
  return null;
}

function described(pid: number): LockHolder {
  let command = '';
  let isStopped = false;
  try {
    command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .split('\0')
      .join(' ')
      .trim()
      .slice(0, 200);
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    isStopped = /^[Tt]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    // It may be gone by now, or another user's.
  }
  return { pid, command, isStopped };
}

export function ledgerBusy(path: string, waitedMs: number): HostError {
  const holder = lockHolder(path);
  const seconds = Math.round(waitedMs / 100) / 10;
  const command = holder === null || holder.command === '' ? '' : ` (${holder.command})`;
  const who =
    holder === null
      ? 'another process has been writing to it all the while'
      : `process ${holder.pid}${command} has been writing to it all the while${holder.isStopped ? ', and is stopped' : ''}`;
  return new HostError(
    'LEDGER_BUSY',
    `after ${seconds} s the ledger ${path} is still busy: ${who}`,
    {
      hint:
        holder?.isStopped === true
          ? `Let it go on (\`kill -CONT ${holder.pid}\`) or end it; the others come right after.`
          : 'Try again. If it stays so, look at what that process is doing.',
      details: { path, waitedMs: Math.round(waitedMs), ...(holder === null ? {} : { holder }) },
    },
  );
}
