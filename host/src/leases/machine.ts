import { readFileSync, readlinkSync } from 'node:fs';
import { uptime } from 'node:os';
import { HostError } from '../errors.ts';
import type { ProcessIdentity } from '../kernel/leases/index.ts';

/** What tells one start of a machine from another, its time from any other, and a process from all that have its number. */
export interface Machine {
  readonly bootId: string;
  readonly pidNamespace: string | null;
  /** Whole milliseconds since the boot, suspension included; no change of the wall clock touches it. */
  bootMs(): number;
  /** ISO 8601, UTC; for people. */
  at(): string;
  /** When the process of this number was started: null where there is none, undefined where nobody can tell. */
  startedAt(pid: number): string | null | undefined;
}

/** The process of this number, or null where there is none. */
export function identityOf(machine: Machine, pid: number): ProcessIdentity | null {
  const startedAt = machine.startedAt(pid);
  if (startedAt === null) return null;
  const { bootId, pidNamespace } = machine;
  return { bootId, pid, startedAt: startedAt ?? unknownStart, pidNamespace };
}

const unknownStart = 'unknown';

/** As `startedAt` of the machine, for the process that an identity names. */
export function startOf(
  machine: Machine,
  { pid, startedAt }: ProcessIdentity,
): string | null | undefined {
  const found = machine.startedAt(pid);
  return startedAt === unknownStart && typeof found === 'string' ? startedAt : found;
}

let known: Machine | undefined;

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  known ??= process.platform === 'linux' ? linux() : elsewhere();
  return known;
}

const linux = (): Machine => ({
  bootId: bootIdOfLinux(),
  pidNamespace: readNamespace(),
  bootMs: bootClock(),
  at: () => new Date().toISOString(),
  startedAt: startedAtOnLinux,
});

/** For so long the steady clock goes on alone, which stands still while the machine is suspended. */
const steadyMs = 50;

/** Asking the system takes longer than all the rest of a small request, so it is asked now and then. */
function bootClock(): () => number {
  let bootMs = 0;
  let atMs = Number.NEGATIVE_INFINITY;
  let lastMs = 0;
  return () => {
    const nowMs = performance.now();
    if (nowMs - atMs > steadyMs) {
      bootMs = uptime() * 1000;
      atMs = nowMs;
    }
    lastMs = Math.max(lastMs, Math.floor(bootMs + nowMs - atMs));
    return lastMs;
  };
}

function bootIdOfLinux(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch (cause) {
    throw new HostError(
      'LEDGER_UNREADABLE',
      'the boot of this machine cannot be told from another: /proc/sys/kernel/random/boot_id cannot be read',
      { hint: 'Leases need /proc. Mount it, and try again.', cause },
    );
  }
}

function readNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

/** Field 22 of `/proc/<pid>/stat`: ticks since the boot. */
function startedAtOnLinux(pid: number): string | null | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return isNobody(pid) ? null : undefined;
  }
  // The second field is the program's name in parentheses, and may itself contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Nothing of a zombie can run any more.
  return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19];
}

/** Signal 0 finds also what `/proc` does not show to this user. */
function isNobody(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

/** macOS, as well as it can be told there. */
function elsewhere(): Machine {
  const session = said('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid']);
  return {
    bootId: session ?? `since ${Math.round((Date.now() / 1000 - uptime()) / 60)}`,
    pidNamespace: null,
    bootMs: bootClock(),
    at: () => new Date().toISOString(),
    startedAt: (pid) =>
      isNobody(pid) ? null : (said('/bin/ps', ['-o', 'lstart=', '-p', String(pid)]) ?? undefined),
  };
}

function said(program: string, args: string[]): string | null {
  try {
    // Only here: a command line of Linux does not wait for it to be loaded.
    const { execFileSync } = process.getBuiltinModule('node:child_process');
    const text = execFileSync(program, args, {
      encoding: 'latin1',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text.trim() === '' ? null : text.trim();
  } catch {
    return null;
  }
}
