import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from 'undici';

/** The floor for Node and for Python: an HTTP server of its standard library, and nothing more. */
export const bareNode = [process.execPath, join(import.meta.dirname, 'bare-server.mjs')];
/** The interpreter itself: what is first on PATH may be a script that looks for it. */
export const realPython = (): string =>
  execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();

export const barePython = (python = realPython()): string[] => [
  python,
  '-I',
  join(import.meta.dirname, 'bare_server.py'),
];

/** A program that prints a line when it listens on the socket it was given, and ends with its stdin. */
export async function startBare(command: readonly string[], socket: string): Promise<ChildProcess> {
  const [program = '', ...args] = command;
  const child = spawn(program, [...args, socket], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

export async function stopBare(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
}

/** Keep-alive round trips of a JSON text, of 100 bytes where none is given, to a bare server. */
export function bareCaller(
  socket: string,
  body = JSON.stringify({ text: 'x'.repeat(89) }),
): {
  call: () => Promise<void>;
  close: () => Promise<void>;
} {
  const client = new Client('http://localhost', { socketPath: socket });
  return {
    call: async () => {
      const { body: answer } = await client.request({
        path: '/',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      await answer.json();
    },
    close: () => client.close(),
  };
}

/** Milliseconds from spawn until it listens. */
export async function bareStartMillis(command: readonly string[], socket: string): Promise<number> {
  const start = performance.now();
  const child = await startBare(command, socket);
  const took = performance.now() - start;
  await stopBare(child);
  return took;
}
