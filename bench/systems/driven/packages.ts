import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SideFailed } from '../../measure/sides.ts';

const manifest = ['package.json', 'package-lock.json'];

/**
 * Installs what a driver's lock pins into a folder of the bench's own cache, once. The folder is named by
 * the lock and appears whole, so that two benches at once and one that was interrupted leave no half of it.
 */
export async function installPackages(
  from: string,
  cache: string,
  say: (text: string) => void,
): Promise<string> {
  const to = packagesFolder(from, cache);
  if (existsSync(to)) return to;
  say(`npm ci in ${cache} …`);
  const making = mkdtempSync(join(cache, 'new-'));
  for (const name of manifest) cpSync(join(from, name), join(making, name));
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  try {
    await promisify(execFile)('npm', args, { cwd: making, timeout: 300_000 });
    if (!existsSync(to)) renameSync(making, to);
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new SideFailed(`its packages could not be installed: ${firstLine(stderr) ?? message}`);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return to;
}

/** Where the packages are once they are installed. */
export function packagesFolder(from: string, cache: string): string {
  const hash = createHash('sha256');
  for (const name of manifest) hash.update(readFileSync(join(from, name)));
  return join(cache, hash.digest('hex').slice(0, 16));
}

/** Imports from such a folder. What of a package is used, its driver says in types of its own. */
export const importsFrom = (packages: string): NodeJS.Require =>
  createRequire(join(packages, 'package.json'));

/** Of one of them, by its own package.json; not all of them let that be imported. */
export function versionOf(packages: string, name: string): string {
  const path = join(packages, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

const firstLine = (text = ''): string | undefined =>
  text.split('\n').find((line) => line.trim() !== '');
