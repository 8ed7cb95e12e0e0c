import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'undici';
import { startWorker, type LiveWorker, type WorkerSpec } from '../host/src/workers/index.ts';

/** A program that prints a line when it listens on the socket it was given, and ends with its stdin. */
export async function startBare(command: string[], socket: string): Promise<ChildProcess> {
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

/** One keep-alive round trip of 100 bytes of JSON to a bare server. */
export function bareCaller(socket: string): {
  call: () => Promise<void>;
  close: () => Promise<void>;
} {
  const client = new Client('http://localhost', { socketPath: socket });
  const body = JSON.stringify({ text: 'x'.repeat(89) });
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

let calls = 0;

/** One warm unary call of 100 bytes through the host's own client. */
export async function callEcho(worker: LiveWorker): Promise<void> {
  const outcome = await worker.call({
    callId: `call_${calls++}`,
    target: { action: 'echo' },
    kwargs: { text: 'x'.repeat(89) },
  });
  if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome.error));
}

/** Milliseconds from spawn to readiness. */
export async function startMillis(spec: WorkerSpec): Promise<number> {
  const start = performance.now();
  const worker = await startWorker(spec);
  const took = performance.now() - start;
  await worker.stop();
  return took;
}

export async function bareStartMillis(command: string[], socket: string): Promise<number> {
  const start = performance.now();
  const child = await startBare(command, socket);
  const took = performance.now() - start;
  await stopBare(child);
  return took;
}

/** Resident memory of one process in MB (Linux). */
export function residentMegabytes(pid: number): number {
  const status = readFileSync(join('/proc', String(pid), 'status'), 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}
