import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = join(import.meta.dirname, 'host.ts');

export interface Recovered {
  dispatchedMillis: number;
  doneMillis: number;
}

/** Milliseconds from the start of a host's process; which is killed, as nobody can prepare for, while it is at work. */
export async function startAndKill(workspace: string): Promise<Recovered> {
  const start = performance.now();
  const host = spawn(process.execPath, [program, workspace], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told = new Map<string, number>();
  const enough = Promise.withResolvers<void>();
  createInterface({ input: host.stdout }).on('line', (line) => {
    told.set(line, performance.now() - start);
    if (told.has('done')) enough.resolve();
  });
  host.once('exit', enough.resolve);
  await enough.promise;
  host.kill('SIGKILL');
  if (host.exitCode === null && host.signalCode === null) await once(host, 'exit');
  return {
    dispatchedMillis: told.get('dispatched') ?? Number.NaN,
    doneMillis: told.get('done') ?? Number.NaN,
  };
}
