import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Client, openClient } from '../../host/src/cli/host-client/open-client.ts';
import { environmentOf } from './workspace.ts';

const launcher = join(import.meta.dirname, '..', '..', 'host', 'bin', 'capstan.cjs');

/** `capstan up` in a process of its own, and this one as its client over the control socket, as any command is. */
export interface ResidentHost {
  /** Submits a job and waits for its end: two requests. */
  runOne(capability?: string): Promise<void>;
  /** Of the host and its workers, whose processor time is its own. */
  pids: () => readonly number[];
  close(): Promise<void>;
}

export async function openResidentHost(root: string): Promise<ResidentHost> {
  const up = spawn(process.execPath, [launcher, 'up'], {
    cwd: root,
    env: environmentOf(root),
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const ended = once(up, 'exit');
  const client = await Promise.race([
    untilItListens(root),
    ended.then(([code]) => Promise.reject(new Error(`capstan up ended with ${code}`))),
  ]);
  const { host } = client;
  let n = 0;
  const runOne = async (capability = 'node'): Promise<void> => {
    const [job] = await host.submit([{ capability, action: 'nothing', input: { n: n++ } }]);
    const { state, error } = await host.wait(job?.jobId ?? '');
    if (state !== 'completed') throw new Error(`the job ended ${state}: ${error?.message}`);
  };
  for (const capability of ['node', 'python']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: they are only being warmed up
    await runOne(capability);
  }
  const workers = (await host.stats()).instances.flatMap(({ pid }) => pid ?? []);
  return {
    runOne,
    pids: () => [up.pid ?? 0, ...workers],
    close: async () => {
      await host.shutdown(1_000);
      client.close();
      await ended;
    },
  };
}

async function untilItListens(root: string): Promise<Client> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- asked until it answers
    const found = await openClient(root);
    if (found.kind === 'found') return found.client;
    // oxlint-disable-next-line no-await-in-loop -- see above
    await pause(20);
  }
}
