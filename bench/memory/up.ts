import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { openClient } from '../../host/src/cli/host-client/open-client.ts';
import { environmentOf } from '../hosts/workspace.ts';
import { type Held, heldBy } from '../measure/memory.ts';

const launcher = join(import.meta.dirname, '..', '..', 'host', 'bin', 'capstan.cjs');

/** `capstan up` in a process of its own, which nobody has asked anything yet. */
export interface Up {
  held(): Held;
  /** What it holds when that has come to rest. */
  settled(): Promise<Held>;
  /** Runs so many trivial jobs, handed over in batches; what it held at most meanwhile. */
  run(jobs: number): Promise<Held>;
  close(): Promise<void>;
}

export async function startUp(root: string): Promise<Up> {
  const child = spawn(process.execPath, [launcher, 'up'], {
    cwd: root,
    env: environmentOf(root),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const listens = Promise.withResolvers<void>();
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.includes('listens on')) listens.resolve();
  });
  await Promise.race([
    listens.promise,
    ended.then(([code]) => Promise.reject(new Error(`capstan up ended with ${code}`))),
  ]);
  const held = (): Held => heldBy(child.pid ?? 0);
  return {
    held,
    settled: () => atRest(held),
    run: (jobs) => run(root, jobs, held),
    close: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const lookMs = 1_000;
const steadyLooks = 4;
const mostLooks = 20;

/** Steady for some seconds: what is freed is given back after a while, not at once. */
async function atRest(held: () => Held): Promise<Held> {
  let last = held();
  for (let look = 0, steady = 0; look < mostLooks && steady < steadyLooks; look++) {
    // oxlint-disable-next-line no-await-in-loop -- looked at now and then
    await pause(lookMs);
    const now = held();
    steady = Math.abs(now.rss - last.rss) < 0.5 ? steady + 1 : 0;
    last = now;
  }
  return last;
}

const perRequest = 500;

async function run(root: string, jobs: number, held: () => Held): Promise<Held> {
  const found = await openClient(root);
  if (found.kind !== 'found') throw new Error('the host that is up does not answer');
  const { client } = found;
  let most = held();
  for (let n = 0; n < jobs; ) {
    const count = Math.min(perRequest, jobs - n);
    const batch = Array.from({ length: count }, (_, i) => ({
      capability: 'node',
      action: 'nothing',
      input: { n: n + i },
    }));
    // oxlint-disable-next-line no-await-in-loop -- a batch at a time, so that what waits stays small
    const submitted = await client.host.submit(batch);
    // oxlint-disable-next-line no-await-in-loop
    await Promise.all(submitted.slice(-20).map(({ jobId }) => client.host.wait(jobId)));
    n += count;
    const now = held();
    if (now.rss > most.rss) most = now;
  }
  client.close();
  return most;
}
