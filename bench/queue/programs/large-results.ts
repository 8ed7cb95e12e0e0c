import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Client, openClient } from '../../../host/src/cli/host-client/index.ts';
import { environmentOf } from '../../hosts/workspace.ts';

/**
 * A resident host, as `capstan up` starts it, that runs so many jobs with a result of 100 KB each for a
 * client with eight in flight. Prints the host's resident memory in MB before the first and after each tenth
 * of them: `node large-results.ts FOLDER COUNT`.
 */
const [, , folder = '.', given = '1000'] = process.argv;
const count = Number(given);
const root = realpathSync(folder);
const program = join(import.meta.dirname, '../../../host/bin/capstan.cjs');
const host = spawn(process.execPath, [program, 'up'], {
  cwd: root,
  env: environmentOf(folder),
  stdio: 'ignore',
});
const client = await connected();
const { host: remote } = client;
console.log(residentMegabytes('VmRSS'));
let begun = 0;
let done = 0;
const lane = async (): Promise<void> => {
  while (begun < count) {
    begun += 1;
    // oxlint-disable-next-line no-await-in-loop -- each lane has one job in flight
    const [job] = await remote.submit([
      { capability: 'node', action: 'large', input: { n: begun } },
    ]);
    // oxlint-disable-next-line no-await-in-loop -- see above
    const { state } = await remote.wait(job?.jobId ?? '');
    if (state !== 'completed') throw new Error(`a job ended ${state}`);
    done += 1;
    if (done % Math.ceil(count / 10) === 0) console.log(residentMegabytes('VmRSS'));
  }
};
await Promise.all(Array.from({ length: 8 }, lane));
console.log(`peak ${residentMegabytes('VmHWM')}`);
client.close();
host.kill('SIGTERM');
await once(host, 'exit');

async function connected(): Promise<Client> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- until it listens
    const found = await openClient(root);
    if (found.kind === 'found') return found.client;
    if (host.exitCode !== null) throw new Error(`the host ended with ${host.exitCode}`);
    // oxlint-disable-next-line no-await-in-loop
    await pause(50);
  }
}

function residentMegabytes(field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${host.pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
}
