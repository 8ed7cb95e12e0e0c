import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type LiveWorker, startWorker, type WorkerSpec } from '../../host/src/workers/index.ts';
import { bareCaller, startBare, stopBare } from '../floors/bare.ts';
import { heldByAll } from '../measure/memory.ts';
import type { Sample } from '../measure/sides.ts';
import type { Memory } from '../systems/system.ts';

/** Idle is what comes after work: what was loaded for a first call stays. */
const restMs = 500;

/** Starts so many workers of ours at once: milliseconds until all can be called, and what they hold after a call each. */
export async function ourWorkers(spec: WorkerSpec, count: number): Promise<Sample & Memory> {
  const start = performance.now();
  const workers = await Promise.all(Array.from({ length: count }, () => readyWorker(spec)));
  const wall = performance.now() - start;
  // oxlint-disable-next-line no-await-in-loop -- as instances are called that were loaded together
  for (const worker of workers) await callOnce(worker);
  await pause(restMs);
  const held = heldByAll(workers.map(({ pid }) => pid));
  await Promise.all(workers.map((worker) => worker.stop()));
  return { wall, ...held };
}

async function readyWorker(spec: WorkerSpec): Promise<LiveWorker> {
  const worker = await startWorker(spec);
  await worker.request('POST', '/initialize', {});
  return worker;
}

async function callOnce(worker: LiveWorker): Promise<void> {
  const outcome = await worker.call({
    callId: 'call_0',
    target: { action: 'echo' },
    kwargs: { text: 'x'.repeat(89) },
  });
  if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome.error));
}

/** A bare server leaves its socket behind. */
let sockets = 0;

/** The same of bare servers. */
export async function bareWorkers(
  command: readonly string[],
  folder: string,
  count: number,
): Promise<Sample & Memory> {
  const paths = Array.from({ length: count }, () => join(folder, `bare-${sockets++}.sock`));
  const start = performance.now();
  const servers = await Promise.all(paths.map((path) => startBare(command, path)));
  const wall = performance.now() - start;
  for (const path of paths) {
    const caller = bareCaller(path);
    // oxlint-disable-next-line no-await-in-loop -- as ours
    await caller.call();
    // oxlint-disable-next-line no-await-in-loop
    await caller.close();
  }
  await pause(restMs);
  const held = heldByAll(servers.map(({ pid }) => pid ?? 0));
  await Promise.all(servers.map(stopBare));
  return { wall, ...held };
}

/** A program from its start to its end. */
export async function wholeProgram(program: string, ...args: string[]): Promise<Sample> {
  const start = performance.now();
  await once(spawn(program, args, { stdio: 'ignore' }), 'exit');
  return { wall: performance.now() - start };
}
