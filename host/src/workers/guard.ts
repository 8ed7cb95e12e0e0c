import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { marks } from '@capstan/protocol';
import type { Owner } from './marks.ts';

/**
 * The promise that no worker outlives its host, kept by somebody who outlives the host.
 *
 * Closing a worker's stdin tells a well-behaved one that its host is gone, but a busy, stopped or careless
 * one does not listen. So each host starts one tiny shell process and holds a pipe to it. The kernel closes
 * that pipe when the host ends, by whatever cause; then the guard kills the process groups it was told of,
 * sweeps up every process that carries the host's mark, and ends. It runs in a session of its own, so that
 * Ctrl-C or a closed terminal does not reach it, and without the mark, so that no sweep finds it.
 *
 * Where there is no `/proc` (macOS) it knows the groups only.
 */
export class Guard {
  readonly owner: Owner;
  readonly #groups = new Set<number>();
  #shell: ChildProcess | null;
  #startedMs = 0;

  constructor(owner: Owner) {
    this.owner = owner;
    this.#shell = this.#start();
  }

  /** From now on this process group dies with the host. */
  watch(group: number): void {
    this.#groups.add(group);
    this.#tell(`+ ${group}`);
  }

  /** The group is gone; its number may soon belong to somebody else. */
  forget(group: number): void {
    this.#groups.delete(group);
    this.#tell(`- ${group}`);
  }

  /** Lets the guard do its last sweep, now rather than at the host's end, and resolves when it has. */
  async close(): Promise<void> {
    const shell = this.#shell;
    this.#shell = null;
    if (shell === null || shell.exitCode !== null || shell.signalCode !== null) return;
    shell.ref();
    const exited = once(shell, 'exit');
    shell.stdin?.end();
    await exited;
  }

  #start(): ChildProcess {
    const shell = spawn('/bin/sh', ['-c', script, 'capstan-guard', this.owner.hostId], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
      cwd: '/',
    });
    this.#startedMs = performance.now();
    shell.stdin?.on('error', () => {}); // the guard was killed; 'exit' follows
    shell.on('error', () => {}); // no shell on this machine: only the ends of stdin are left to tell workers
    shell.once('exit', () => this.#replace(shell));
    // Neither the guard nor the pipe to it keeps the host from ending.
    shell.unref();
    if (shell.stdin instanceof Socket) shell.stdin.unref();
    return shell;
  }

  /** Somebody killed the guard. A shell that cannot even live for a second is not tried again. */
  #replace(shell: ChildProcess): void {
    if (this.#shell !== shell || performance.now() - this.#startedMs < 1000) return;
    this.#shell = this.#start();
    for (const group of this.#groups) this.#tell(`+ ${group}`);
  }

  #tell(line: string): void {
    this.#shell?.stdin?.write(`${line}\n`);
  }
}

/**
 * Plain POSIX, for dash, bash and busybox. `$1` is the host's id. `environ` separates variables by NUL:
 * GNU grep reads across it; busybox grep stops there, and is given one process at a time through tr.
 */
const script = `
trap '' HUP INT TERM
groups=
while read -r sign group; do
  case $sign in
    +) groups="$groups $group" ;;
    -) kept=
       for each in $groups; do [ "$each" = "$group" ] || kept="$kept $each"; done
       groups=$kept ;;
  esac
done
for group in $groups; do kill -9 "-$group" 2>/dev/null; done
[ -r /proc/self/environ ] || exit 0
mark="${marks.host}=$1"
if printf 'a\\0%s' "$mark" | grep -qF "$mark"; then
  marked() { grep -lsF "$mark" /proc/[0-9]*/environ; }
else
  marked() {
    for file in /proc/[0-9]*/environ; do
      tr '\\0' '\\n' 2>/dev/null <"$file" | grep -qF "$mark" && echo "$file"
    done
  }
fi
round=0
while [ $round -lt 200 ]; do
  found=$(marked 2>/dev/null)
  [ -n "$found" ] || exit 0
  for file in $found; do
    pid=\${file#/proc/}
    kill -9 "\${pid%/environ}" 2>/dev/null
  done
  round=$((round + 1))
  sleep 0.05 2>/dev/null || sleep 1
done
`;
