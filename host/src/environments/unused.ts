import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { tryBuildLock } from './build-lock.ts';
import { readRecord } from './record.ts';
import { processesIn, type Removal, removeEnvironment } from './remove.ts';
import { usersOf } from './users.ts';

/** Something that no manifest refers to any more. */
export interface Unused {
  kind: 'environment' | 'code';
  path: string;
  bytes: number;
  /** For people: what it held. */
  holds: string[];
  /** Processes that run from it all the same; it stays while they do. */
  pids: number[];
}

/**
 * Environments that no manifest of any workspace uses, and copies of code in the others that none loads any more.
 * Half-built ones without a record count when nobody builds them.
 */
export async function unusedEnvironments(environmentsDir: string): Promise<Unused[]> {
  const names = await readdir(environmentsDir).catch(() => []);
  const found: Unused[] = [];
  for (const name of names.filter((one) => /^[a-z]+-[0-9a-f]{32}$/.test(one)).toSorted()) {
    const folder = join(environmentsDir, name);
    // oxlint-disable-next-line no-await-in-loop -- one at a time keeps few files open
    found.push(...(await unusedIn(folder)));
  }
  return found;
}

async function unusedIn(folder: string): Promise<Unused[]> {
  if (isBeingBuilt(folder)) return [];
  const users = await usersOf(folder);
  const pids = await processesIn(folder);
  if (users.length > 0) return pids.length > 0 ? [] : unusedCode(folder, users);
  const record = await readRecord(folder);
  const holds = record === null ? ['half-built'] : record.lock.map(shortName);
  return [{ kind: 'environment', path: folder, bytes: await sizeOfTree(folder), holds, pids }];
}

/** A worker may load more of its code at any time, so this is asked only where none runs. */
async function unusedCode(folder: string, users: readonly string[]): Promise<Unused[]> {
  const code = join(folder, 'code');
  const names = (await readdir(code).catch(() => [])).filter((one) => /^[0-9a-f]{64}$/.test(one));
  if (names.length === 0) return [];
  const texts = await Promise.all(users.map((user) => readFile(user, 'utf8').catch(() => '')));
  const unused = names.filter((name) => !texts.some((text) => text.includes(name)));
  return Promise.all(
    unused.map(async (name) => {
      const path = join(code, name);
      const holds = await readdir(path).catch(() => []);
      return { kind: 'code' as const, path, bytes: await sizeOfTree(path), holds, pids: [] };
    }),
  );
}

/** Removes what was found unused, unless somebody began to use it meanwhile. */
export async function removeUnused({ kind, path }: Unused): Promise<Removal> {
  if (kind === 'environment') return removeEnvironment(path);
  const folder = join(path, '..', '..');
  const still = (await unusedIn(folder)).some((one) => one.path === path);
  if (!still) return { kind: 'used', users: await usersOf(folder) };
  await rm(path, { recursive: true, force: true });
  return { kind: 'removed' };
}

function isBeingBuilt(folder: string): boolean {
  try {
    const lock = tryBuildLock(join(folder, '..'), basename(folder));
    lock?.release();
    return lock === null;
  } catch {
    return false; // no folder of locks: nobody builds
  }
}

/** `https://…/numpy-1.26.4-py311_0.conda#md5` and `node_modules/a/node_modules/b@1.0 sha512-…`, as people know them. */
const shortName = (line: string): string =>
  line
    .replace(/ .*$/, '')
    .replace(/#[0-9a-f]+$/, '')
    .replace(/^.*node_modules\//, '')
    .replace(/^\w+:\/\/.*\//, '')
    .replace(/-[^-]+\.(conda|tar\.bz2)$/, '');

async function sizeOfTree(path: string): Promise<number> {
  const info = await lstat(path).catch(() => null);
  if (info === null) return 0;
  if (!info.isDirectory()) return info.size;
  let total = info.size;
  for (const name of await readdir(path).catch(() => [])) {
    // oxlint-disable-next-line no-await-in-loop -- tens of thousands of files; their order is of no use
    total += await sizeOfTree(join(path, name));
  }
  return total;
}
