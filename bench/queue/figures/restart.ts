import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Figure } from '../figure.ts';
import { fill, submitMany, submitRuns } from '../../hosts/fill.ts';
import type { Size } from '../size.ts';
import { makeWorkspace } from '../../hosts/workspace.ts';

const program = join(import.meta.dirname, '..', 'programs', 'first-dispatch.ts');

/** From the start of a host's process to the first of many waiting jobs at work. */
export async function restart(folder: string, { pendingJobs }: Size): Promise<Figure[]> {
  const count = pendingJobs.toLocaleString('en');
  const runs = pendingJobs / 10;
  const figures: Figure[] = [];
  const measure = async (what: string, name: string, fillIt: Parameters<typeof fill>[1]) => {
    const workspace = join(folder, name);
    await makeWorkspace(workspace);
    await fill(workspace, fillIt);
    figures.push(figure(`first dispatch, ${what}`, await startAndKill(workspace)));
    // Nothing may close the file in between, which would fold in what the killed one has left.
    figures.push(figure(`the same after kill -9, ${what}`, await startAndKill(workspace)));
  };
  await measure(`${count} pending`, 'pending', (store) => submitMany(store, pendingJobs));
  await measure(`${count} delayed, 2,000 not`, 'delayed', async (store) => {
    await submitMany(store, pendingJobs, { delayMs: 86_400_000 });
    await submitMany(store, 2_000);
  });
  await measure(`${runs.toLocaleString('en')} unfinished runs`, 'runs', (store) =>
    submitRuns(store, runs),
  );
  return figures;
}

interface Started {
  dispatchedMillis: number;
  doneMillis: number;
  residentMegabytes: number;
}

/** Kills the host, as nobody can prepare for, while it is at work. */
async function startAndKill(workspace: string): Promise<Started> {
  const start = performance.now();
  const host = spawn(process.execPath, [program, workspace], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told = new Map<string, number>();
  let residentMegabytes = 0;
  const enough = Promise.withResolvers<void>();
  createInterface({ input: host.stdout }).on('line', (line) => {
    if (line.startsWith('rss ')) residentMegabytes = Number(line.slice(4));
    else told.set(line, performance.now() - start);
    if (told.has('done') && residentMegabytes > 0) enough.resolve();
  });
  host.once('exit', enough.resolve);
  await enough.promise;
  host.kill('SIGKILL');
  if (host.exitCode === null && host.signalCode === null) await once(host, 'exit');
  return {
    dispatchedMillis: told.get('dispatched') ?? Number.NaN,
    doneMillis: told.get('done') ?? Number.NaN,
    residentMegabytes,
  };
}

const figure = (what: string, started: Started): Figure => ({
  what,
  unit: 'ms',
  measured: started.dispatchedMillis,
  budget: { of: 'measured', atMost: 2_000 },
  details: {
    'first done': `${started.doneMillis.toFixed(0)} ms`,
    memory: `${started.residentMegabytes} MB`,
  },
});
