import { spawn } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from '../../queue/figure.ts';
import { median } from '../../measure/stats.ts';
import { capstan } from '../command.ts';
import { fillLedger } from '../fill.ts';
import { kernelPairs } from '../kernel.ts';
import { runBeside, type Served, spreadOfServed } from '../processes.ts';
import type { Size } from '../size.ts';

const processes = 8;
/** What dos-kernel was measured to do at best, an interpreter a command and no host. */
const stated = 30;

/** Eight processes that ask one resident host, with a young and an old ledger. */
export async function throughHost(given: string, size: Size): Promise<Figure[]> {
  const folder = realpathSync(given);
  const kernel =
    size.against === undefined
      ? undefined
      : await kernelPairs(size.against, join(folder, 'kernel'), processes, size.seconds);
  const figures: Figure[] = [];
  for (const events of [1_000, 100_000]) {
    const root = join(folder, String(events));
    mkdirSync(join(root, '.capstan'), { recursive: true });
    writeFileSync(join(root, 'capstan.yaml'), 'lanes: {}\n');
    fillLedger(join(root, '.capstan/leases.db'), events);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const rounds = await withHost(root, folder, async () => {
      const all: Served[][] = [];
      for (let round = 0; round < Math.max(3, Math.floor(size.rounds / 3)); round++) {
        const args = (n: number) => [root, String(size.seconds), String(n)];
        // oxlint-disable-next-line no-await-in-loop
        all.push(await runBeside(processes, 'host-pairs.ts', args));
      }
      return all;
    });
    const perSecond = rounds.map(
      (served) => served.reduce((sum, { pairs }) => sum + pairs, 0) / size.seconds,
    );
    figures.push({
      what: `eight processes through a host, ${events.toLocaleString('en')} events: acquire and release`,
      unit: 'a second',
      measured: median(perSecond),
      ...(kernel !== undefined && { floor: kernel.perSecond }),
      budget: { of: 'measured', atLeast: 10 * stated },
      details: {
        spread: `${Math.min(...perSecond).toFixed(0)} to ${Math.max(...perSecond).toFixed(0)}`,
        'best to worst served': median(rounds.map(spreadOfServed)).toFixed(2),
        'failed because others were busy': String(
          rounds.flat().reduce((sum, { busy }) => sum + busy, 0),
        ),
        ...(kernel !== undefined && {
          'dos-kernel (floor), by its functions': `${kernel.busy} of ${kernel.tried} met a busy lock`,
        }),
      },
    });
  }
  return figures;
}

async function withHost<T>(root: string, folder: string, work: () => Promise<T>): Promise<T> {
  const env = { ...process.env, XDG_DATA_HOME: join(folder, 'data') };
  const host = spawn(process.execPath, [capstan, 'up'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = Promise.withResolvers<void>();
  let text = '';
  const hear = (chunk: Buffer): void => {
    text += chunk.toString();
    if (text.includes('Up as process')) said.resolve();
  };
  host.stdout.on('data', hear);
  host.stderr.on('data', hear);
  const ended = Promise.withResolvers<void>();
  host.on('close', () => {
    ended.resolve();
    said.reject(new Error(`the host ended: ${text}`));
  });
  await said.promise;
  try {
    return await work();
  } finally {
    host.kill('SIGTERM');
    await ended.promise;
  }
}
