import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from '../figure.ts';
import type { Size } from '../size.ts';
import { makeWorkspace } from '../../hosts/workspace.ts';

/** Resident memory of a host as `capstan up` starts it, while it runs jobs with results of 100 KB. */
export async function memory(folder: string, { largeResults }: Size): Promise<Figure[]> {
  const workspace = join(folder, 'workspace');
  await makeWorkspace(workspace);
  const program = join(import.meta.dirname, '..', 'programs', 'large-results.ts');
  const start = performance.now();
  const { stdout, status } = spawnSync(
    process.execPath,
    [program, workspace, String(largeResults)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (status !== 0) throw new Error(`the host with large results ended with ${status}`);
  const seconds = (performance.now() - start) / 1_000;
  const lines = stdout.toString().trim().split('\n');
  const peak = lines.at(-1)?.replace('peak ', '') ?? '';
  const [idle = Number.NaN, ...resident] = lines.slice(0, -1).map(Number);
  const database = statSync(join(workspace, '.capstan', 'state.db')).size;
  return [
    {
      what: `host memory after ${largeResults.toLocaleString('en')} jobs with 100 KB results`,
      unit: 'MB',
      measured: resident.at(-1) ?? Number.NaN,
      budget: { of: 'measured', atMost: 120 },
      details: {
        'before the first': `${idle} MB`,
        'after each tenth': resident.join(' '),
        peak: `${peak} MB`,
        jobs: `${(largeResults / seconds).toFixed(0)} a second`,
        'state.db': `${(database / 2 ** 20).toFixed(0)} MB`,
      },
    },
  ];
}
