import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, fdatasyncSync, closeSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../host/src/clock.ts';
import { workspacePaths } from '../host/src/paths.ts';
import { isJournaled, Queue } from '../host/src/queue/index.ts';
import { type JobSpec, StateStore } from '../host/src/stores/index.ts';
import { compare, medianMicros } from './stats.ts';
import { bareCaller, startBare, stopBare } from './workers.ts';

/**
 * What durability costs, on a real disk: `node bench/queue.ts`. The executor of the single jobs makes one
 * bare HTTP round trip over a unix socket, which together with one fsync is the floor.
 */
export interface QueueFigures {
  /** One job from submit to its committed end, against a bare round trip plus one fsync. */
  single: { floorMicros: number; micros: number; ratio: number };
  /** A thousand jobs that do nothing, eight submitted at a time. */
  jobsPerSecond: number;
  /** From opening a workspace with so many pending jobs to the first of them at work. */
  restart: { pending: number } & Restart;
  /** The longest the event loop stood still during the thousand jobs. */
  longestStallMillis: number;
}

interface Restart {
  firstDispatchMillis: number;
  residentMegabytes: number;
  longestStallMillis: number;
}

const spec: JobSpec = { capability: 'bench', action: 'do', input: { n: 1 }, effects: 'idempotent' };
const done = { kind: 'completed', result: null, artifacts: [] } as const;

export async function measureQueue(pending = 100_000): Promise<QueueFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-queue-'));
  try {
    const single = await measureSingle(folder);
    const stall = watchStalls();
    const jobsPerSecond = await measureThroughput(folder);
    const longestStallMillis = stall();
    await fill(folder, pending);
    const restart = { pending, ...restartElsewhere(folder) };
    return { single, jobsPerSecond, longestStallMillis, restart };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns how to stop watching, and the longest the event loop stood still meanwhile. */
function watchStalls(): () => number {
  const stalls = monitorEventLoopDelay({ resolution: 5 });
  stalls.enable();
  return () => {
    stalls.disable();
    return stalls.max / 1e6;
  };
}

async function openQueue(root: string, execute: () => Promise<unknown>, lanes = 8) {
  const store = await StateStore.open({ paths: workspacePaths(root), clock: systemClock });
  const ends = new Map<string, () => void>();
  const executor = async () => {
    await execute();
    return { ...done, artifacts: [] };
  };
  const queue = new Queue({ store, executor, clock: systemClock, lanes, slotsOf: () => lanes });
  queue.subscribe((event) => {
    if (event.type === 'job_finished' && isJournaled(event)) ends.get(event.jobId ?? '')?.();
  });
  const runOne = async (): Promise<void> => {
    const { jobId } = await queue.submit(spec);
    if (store.reader.job(jobId)?.state === 'completed') return;
    await new Promise<void>((resolve) => ends.set(jobId, resolve));
    ends.delete(jobId);
  };
  const close = async (): Promise<void> => {
    await queue.stop(1_000);
    await store.close();
  };
  return { store, queue, runOne, close };
}

async function measureSingle(folder: string): Promise<QueueFigures['single']> {
  const socket = join(folder, 'bare.sock');
  const server = join(import.meta.dirname, 'subjects', 'bare-server.mjs');
  const bare = await startBare([process.execPath, server], socket);
  const caller = bareCaller(socket);
  const file = openSync(join(folder, 'floor'), 'w');
  const page = Buffer.alloc(4096);
  const { queue, runOne, close } = await openQueue(join(folder, 'single'), caller.call);
  await queue.recover();
  queue.start();
  const floor = () =>
    medianMicros(200, async () => {
      await caller.call();
      writeSync(file, page);
      fdatasyncSync(file);
    });
  const result = await compare(9, floor, () => medianMicros(200, runOne));
  await close();
  closeSync(file);
  await caller.close();
  await stopBare(bare);
  return { floorMicros: result.floor, micros: result.subject, ratio: result.ratio };
}

async function measureThroughput(folder: string): Promise<number> {
  const { queue, runOne, close } = await openQueue(join(folder, 'many'), () => Promise.resolve());
  await queue.recover();
  queue.start();
  const rounds: number[] = [];
  for (let round = 0; round < 5; round++) {
    let left = 1_000;
    const start = performance.now();
    const submitter = async (): Promise<void> => {
      while (left-- > 0) await runOne();
    };
    await Promise.all(Array.from({ length: 8 }, submitter));
    rounds.push(1_000 / ((performance.now() - start) / 1_000));
  }
  await close();
  return rounds.toSorted((a, b) => a - b)[2] ?? 0;
}

async function fill(folder: string, pending: number): Promise<void> {
  const paths = workspacePaths(join(folder, 'restart'));
  const store = await StateStore.open({ paths, clock: systemClock });
  for (let n = 0; n < pending; n += 1_000) {
    await store.submitJobs(Array.from({ length: Math.min(1_000, pending - n) }, () => spec));
  }
  await store.close();
}

/** In a process of its own, as a restart is. */
function restartElsewhere(folder: string): Restart {
  const program = fileURLToPath(import.meta.url);
  const { stdout } = spawnSync(process.execPath, [program, 'restart', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(stdout.toString()) as Restart;
}

async function measureRestart(folder: string): Promise<Restart> {
  const first = Promise.withResolvers<number>();
  const stall = watchStalls();
  const start = performance.now();
  const { queue, close } = await openQueue(join(folder, 'restart'), () => {
    first.resolve(performance.now() - start);
    return new Promise((resolve) => setTimeout(resolve, 20));
  });
  await queue.recover();
  queue.start();
  const firstDispatchMillis = await first.promise;
  const residentMegabytes = process.memoryUsage().rss / 2 ** 20;
  await close();
  return { firstDispatchMillis, residentMegabytes, longestStallMillis: stall() };
}

if (import.meta.main) {
  const [, , what, folder] = process.argv;
  const figures = what === 'restart' ? measureRestart(folder ?? '.') : measureQueue();
  console.log(JSON.stringify(await figures, null, 2));
}
