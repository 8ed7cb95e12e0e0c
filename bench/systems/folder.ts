import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where a system's own packages are installed, and stay for the next run: under `CAPSTAN_BENCH_CACHE`, else
 * in the user's cache folder.
 */
export function systemsFolder(name: string): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(process.env['CAPSTAN_BENCH_CACHE'] ?? join(cache, 'capstan-bench'), name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
