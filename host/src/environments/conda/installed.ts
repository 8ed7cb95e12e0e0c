import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The part of a package's record in `conda-meta` that we rely on; every tool of the family writes it. */
interface CondaPackage {
  name: string;
  version: string;
  build?: string;
  url?: string;
  /** Null from an old conda that installed what was in its cache already. */
  md5?: string | null;
  files?: string[];
}

/**
 * Packages of a prefix as `conda list --explicit --md5` prints them, sorted: address and checksum of each.
 * They are read from the records themselves, so that neither the tool nor its shell is needed to look.
 */
export async function condaLock(prefix: string): Promise<string[]> {
  const packages = await packagesIn(prefix);
  return packages
    .map((one) => {
      const address = one.url ?? `${one.name}-${one.version}-${one.build ?? '0'}`;
      return one.md5 ? `${address}#${one.md5}` : address;
    })
    .toSorted();
}

/** A file that makes the same prefix again: `lock:` in `capstan.yaml` takes it. */
export const explicitFile = (lock: readonly string[]): string =>
  [
    '# Made by Capstan. `lock:` in capstan.yaml installs exactly this.',
    '@EXPLICIT',
    ...lock,
    '',
  ].join('\n');

/** Packages whose files are gone, in sentences. */
export async function damagedCondaPackages(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (const { name, files = [] } of await packagesIn(prefix)) {
    // oxlint-disable-next-line no-await-in-loop -- a package at a time keeps few files open
    const there = await Promise.all(files.map((file) => isThere(join(prefix, file))));
    const gone = there.filter((one) => !one).length;
    if (gone > 0) found.push(`${name}: ${gone} of its files are gone`);
  }
  return found;
}

/** Every file of every package, relative to the prefix. */
export async function condaFiles(prefix: string): Promise<Set<string>> {
  const packages = await packagesIn(prefix);
  return new Set(packages.flatMap(({ files = [] }) => files));
}

const isThere = (path: string): Promise<boolean> =>
  path.endsWith('.pyc')
    ? Promise.resolve(true)
    : lstat(path).then(
        () => true,
        () => false,
      );

async function packagesIn(prefix: string): Promise<CondaPackage[]> {
  const folder = join(prefix, 'conda-meta');
  const names = await readdir(folder).catch(() => []);
  const records = await Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .map(async (name): Promise<CondaPackage | null> => {
        try {
          const record: CondaPackage = JSON.parse(await readFile(join(folder, name), 'utf8'));
          return typeof record.name === 'string' ? record : null;
        } catch {
          return { name: `${name} (unreadable)`, version: '?' };
        }
      }),
  );
  return records.filter((record) => record !== null);
}
