import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillLedger } from './fill.ts';

/** A workspace in whose ledger so many events have happened. */
export function leaseWorkspace(
  folder: string,
  events: number,
): { root: string; env: NodeJS.ProcessEnv } {
  const root = join(folder, `workspace-${events}`);
  mkdirSync(join(root, '.capstan'), { recursive: true });
  writeFileSync(join(root, 'capstan.yaml'), 'lanes: {}\n');
  fillLedger(join(root, '.capstan/leases.db'), events);
  return { root, env: { ...process.env, XDG_DATA_HOME: join(folder, 'data') } };
}
