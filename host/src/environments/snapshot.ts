import { randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashTree, type TreeEntry, treeOf } from './content-hash.ts';

export interface Snapshot {
  sha256: string;
  /** The folder that holds the copy: `<environment>/code/<sha256>`. */
  folder: string;
  /** The copied file, or the folder when a folder was copied. */
  path: string;
}

/**
 * Copies a source file or folder into an environment under the hash of its content. The same content is
 * copied once; a worker that runs older code keeps its own copy until nobody refers to it.
 */
export async function snapshotSource(source: string, environment: string): Promise<Snapshot> {
  const entries = await treeOf(source);
  const sha256 = await hashTree(entries);
  const folder = join(environment, 'code', sha256);
  if (!(await holds(folder, sha256))) {
    await rm(folder, { recursive: true, force: true });
    await publish(folder, (temp) => copyTree(entries, temp));
  }
  const isFile = (await stat(source)).isFile();
  const only = entries[0];
  return { sha256, folder, path: isFile && only !== undefined ? join(folder, only.path) : folder };
}

/** Whether the copy is there and still what its name says; one that somebody edited is made again. */
async function holds(folder: string, sha256: string): Promise<boolean> {
  return (await exists(folder)) && (await hashTree(await treeOf(folder))) === sha256;
}

/** Makes a content-addressed folder appear whole or not at all; whoever is first wins, both are equal. */
export async function publish(
  folder: string,
  fill: (temp: string) => Promise<void>,
): Promise<void> {
  const temp = join(dirname(folder), `.making-${randomBytes(6).toString('hex')}`);
  await mkdir(temp, { recursive: true });
  await removeAbandoned(dirname(folder));
  try {
    await fill(temp);
    await rename(temp, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

/** What a process that died while copying left; nobody copies code for an hour. */
async function removeAbandoned(parent: string): Promise<void> {
  const hourMs = 3_600_000;
  for (const name of await readdir(parent)) {
    if (!name.startsWith('.making-')) continue;
    const path = join(parent, name);
    // oxlint-disable-next-line no-await-in-loop -- rarely any
    const info = await stat(path).catch(() => null);
    if (info === null || Date.now() - info.mtimeMs < hourMs) continue;
    // oxlint-disable-next-line no-await-in-loop
    await rm(path, { recursive: true, force: true });
  }
}

export async function copyTree(entries: readonly TreeEntry[], target: string): Promise<void> {
  for (const entry of entries) {
    const path = join(target, entry.path);
    // oxlint-disable-next-line no-await-in-loop -- sources are small; a full disk stops at the first file
    await mkdir(dirname(path), { recursive: true });
    // oxlint-disable-next-line no-await-in-loop
    await (entry.kind === 'link' ? symlink(entry.target, path) : copyPlain(entry, path));
  }
}

/** Only "may it be executed" is part of the content, so owner and other permission bits are not copied. */
async function copyPlain(entry: TreeEntry & { kind: 'file' }, path: string): Promise<void> {
  await copyFile(entry.absolute, path);
  await chmod(path, entry.executable ? 0o755 : 0o644);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
