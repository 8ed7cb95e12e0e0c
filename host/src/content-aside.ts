import { Worker } from 'node:worker_threads';

/** Hashes open files aside from the event loop, one after the other: one disk and one core bound them all. */
let thread: { worker: Worker; waiting: Map<number, Waiting> } | null = null;
let asked = 0;

interface Waiting {
  resolve(sha256: string): void;
  reject(error: Error): void;
}
/** An open file to be hashed. */
export interface Order {
  id: number;
  fd: number;
}
export interface Answer {
  id: number;
  sha256?: string;
  error?: string;
}

/** A thread holds some megabytes, so it goes when nothing was asked for that long. */
const idleMs = 10_000;
let idleTimer: NodeJS.Timeout | undefined;

/** The SHA-256 of all that an open file holds, in hex. The descriptor must stay open meanwhile. */
export function hashAside(fd: number): Promise<string> {
  clearTimeout(idleTimer);
  thread ??= start();
  const { worker, waiting } = thread;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const id = asked++;
  waiting.set(id, { resolve, reject });
  worker.ref();
  worker.postMessage({ id, fd } satisfies Order);
  return promise;
}

function start(): NonNullable<typeof thread> {
  const worker = new Worker(threadUrl, {
    name: 'capstan hashes',
    resourceLimits: { maxOldGenerationSizeMb: 32 },
  });
  const waiting = new Map<number, Waiting>();
  const started = { worker, waiting };
  worker.on('message', ({ id, sha256, error }: Answer) => {
    const asker = waiting.get(id);
    waiting.delete(id);
    if (sha256 === undefined) asker?.reject(new Error(error ?? 'the file could not be hashed'));
    else asker?.resolve(sha256);
    if (waiting.size === 0) rest(worker);
  });
  worker.once('error', (error) => giveUp(started, error));
  worker.once('exit', () => giveUp(started, new Error('the thread that hashes files ended')));
  return started;
}

function rest(worker: Worker): void {
  worker.unref();
  idleTimer = setTimeout(() => {
    thread = null;
    void worker.terminate();
  }, idleMs).unref();
}

function giveUp(started: NonNullable<typeof thread>, error: unknown): void {
  if (thread === started) thread = null;
  const reason = error instanceof Error ? error : new Error(String(error));
  for (const asker of started.waiting.values()) asker.reject(reason);
  started.waiting.clear();
}

const threadUrl = new URL(
  import.meta.url.endsWith('.ts') ? './content-thread.ts' : './content-thread.js',
  import.meta.url,
);
