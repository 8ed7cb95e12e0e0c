import { marks } from '@capstan/protocol';

/**
 * Ends this worker, and what it started, when its host is gone. The sign is the end of stdin, which the
 * kernel gives however the host died.
 *
 * Somebody else has to wait for it: while a tool computes in a plain loop, nothing in this thread runs. A
 * worker thread could, at 12 MB of memory each; `sh` and `cat` on the same stdin take 1.5 MB together, are
 * killed with the group like every other child, and act even if this process is stopped or swapping. `cat`
 * ends with 0 at the end of input only. Should some other child make the shared pipe non-blocking, it ends
 * with an error at once, and the loop degrades to looking five times a second.
 */
const script = 'until cat >/dev/null 2>&1; do sleep 0.2; done; kill -9 "$1"';

export function endWithHost(): void {
  // loaded here, when the worker is ready already: a start is only as fast as what it imports
  const { spawn } = process.getBuiltinModule('node:child_process');
  // `-pid` names the group. A worker started by hand may not lead one, and must not take the shell along.
  const target = leadsGroup() ? -process.pid : process.pid;
  const watchdog = spawn('/bin/sh', ['-c', script, 'capstan-watchdog', String(target)], {
    stdio: ['inherit', 'ignore', 'ignore'],
    env: bareEnvironment(),
  });
  watchdog.once('error', watchHere);
  watchdog.unref();
  hideStdin();
}

/** What finds its programs, and what it is found by. The rest may hold secrets, and any process's can be read. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', marks.session, marks.host, 'CAPSTAN_WORKSPACE'];
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

function leadsGroup(): boolean {
  try {
    process.kill(-process.pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Without a shell: notices the end as soon as the event loop turns. */
function watchHere(): void {
  process.stdin.once('close', () =>
    process.kill(leadsGroup() ? -process.pid : process.pid, 'SIGKILL'),
  );
  process.stdin.resume();
}

/** stdin belongs to the host. A library that looks at it finds it empty, and leaves the descriptor alone. */
function hideStdin(): void {
  const { Readable } = process.getBuiltinModule('node:stream');
  Object.defineProperty(process, 'stdin', { configurable: true, get: () => Readable.from([]) });
}
