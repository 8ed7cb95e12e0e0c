import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startWorker, type LiveWorker, type WorkerSpec } from '../host/src/workers/index.ts';

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

/** Resident memory of one process in MB (Linux). */
export function residentMegabytes(pid: number): number {
  const status = readFileSync(join('/proc', String(pid), 'status'), 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}
