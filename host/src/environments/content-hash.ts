import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { HostError } from '../errors.ts';

/** Folders that hold what tools made from the source, never the source itself. */
const ignored = new Set(['node_modules', '.git', '__pycache__', '.venv', '.capstan']);

/** One thing below a source folder, with `/` between the parts of its path on every system. */
export type TreeEntry =
  | { kind: 'file'; path: string; absolute: string; executable: boolean }
  | { kind: 'link'; path: string; absolute: string; target: string };

/**
 * The files of a source, sorted by path; a file alone is a tree of one. A symbolic link is kept as one,
 * relative; a link that leaves the source is refused, because the copy would not be the whole story.
 */
export async function treeOf(source: string): Promise<TreeEntry[]> {
  const info = await lstat(source).catch(() => null);
  if (info === null) {
    throw new HostError('FILE_NOT_FOUND', `The source ${source} does not exist.`, {
      details: { path: source },
    });
  }
  const root = await realpath(source);
  if (!(await lstat(root)).isDirectory()) {
    const { mode } = await lstat(root);
    const executable = (mode & 0o100) !== 0;
    return [{ kind: 'file', path: basename(source), absolute: root, executable }];
  }
  const entries: TreeEntry[] = [];
  await collect(root, root, entries);
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function collect(root: string, folder: string, entries: TreeEntry[]): Promise<void> {
  for (const item of await readdir(folder, { withFileTypes: true })) {
    if (ignored.has(item.name)) continue;
    const absolute = join(folder, item.name);
    const path = relative(root, absolute).replaceAll('\\', '/');
    if (item.isDirectory()) {
      // oxlint-disable-next-line no-await-in-loop -- a tree is walked in order, with few open folders
      await collect(root, absolute, entries);
    } else if (item.isSymbolicLink()) {
      // oxlint-disable-next-line no-await-in-loop
      entries.push({ kind: 'link', path, absolute, target: await innerTarget(root, absolute) });
    } else if (item.isFile()) {
      // oxlint-disable-next-line no-await-in-loop
      const { mode } = await lstat(absolute);
      entries.push({ kind: 'file', path, absolute, executable: (mode & 0o100) !== 0 });
    } // sockets, pipes and devices are not source
  }
}

async function innerTarget(root: string, link: string): Promise<string> {
  const written = await readlink(link);
  const aimed = resolve(join(link, '..'), written);
  const real = await realpath(link).catch(() => aimed);
  for (const place of [aimed, real]) {
    const inside = relative(root, place);
    if (inside.startsWith('..') || isAbsolute(inside)) {
      throw new HostError(
        'DECLARATION_INVALID',
        `${link} is a symbolic link to ${written}, outside the source folder ${root}.`,
        { hint: 'Copy what it points to into the folder, or name a larger folder as `source`.' },
      );
    }
  }
  return relative(join(link, '..'), aimed) || '.';
}

/** SHA-256 over paths, executable bits and contents of a tree, in hex. */
export async function hashTree(entries: readonly TreeEntry[]): Promise<string> {
  const hash = createHash('sha256');
  for (const entry of entries) {
    const note = entry.kind === 'link' ? `-> ${entry.target}` : entry.executable ? 'x' : '';
    hash.update(`${entry.kind}\0${entry.path}\0${note}\0`);
    // oxlint-disable-next-line no-await-in-loop -- one hash takes the files one after another
    if (entry.kind === 'file') await feed(hash, entry.absolute);
    hash.update('\0');
  }
  return hash.digest('hex');
}

/** The content hash of a file or folder, as `snapshotSource` uses it to name the copy. */
export async function contentHash(source: string): Promise<string> {
  return hashTree(await treeOf(source));
}

const feed = (hash: Hash, path: string): Promise<void> =>
  pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) hash.update(chunk);
  });

export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');
