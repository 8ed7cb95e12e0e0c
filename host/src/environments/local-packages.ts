import { basename, join } from 'node:path';
import { treeOf } from './content-hash.ts';
import type { LocalPackage } from './requirement.ts';
import { copyTree } from './snapshot.ts';

/**
 * Where a package of this disk lies in its environment: under its own file name, which tells pip its
 * version, and below its hash, because two folders may well have the same name.
 */
export const placeOfPackage = ({ path, sha256 }: LocalPackage): string =>
  `packages/${sha256.slice(0, 12)}/${basename(path)}`;

/** Copies local packages into the folder that is about to be built: the very files their hashes stand for. */
export async function copyPackages(
  packages: readonly LocalPackage[],
  folder: string,
): Promise<void> {
  for (const one of packages) {
    // oxlint-disable-next-line no-await-in-loop -- rarely more than one
    const entries = await treeOf(one.path);
    const target = join(folder, placeOfPackage(one));
    const isFile = entries.length === 1 && entries[0]?.path === basename(one.path);
    // oxlint-disable-next-line no-await-in-loop
    await copyTree(entries, isFile ? join(target, '..') : target);
  }
}
