import { constants, type Stats } from 'node:fs';
import {
  copyFile,
  type FileHandle,
  lstat,
  mkdir,
  open,
  realpath,
  rename,
  rm,
} from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { contentHashOf, sameContent } from '../content.ts';
import { HostError } from '../errors.ts';
import { failPoint } from '../fail-points.ts';
import { newId } from '../ids.ts';
import type { ArtifactRecord } from '../stores/index.ts';

export interface Folders {
  /** The only folder from which a call may return files. */
  callDir: string;
  artifactsDir: string;
}

/**
 * Moves a file that a call wrote to the place its content hash names, read-only and synced, so that a path
 * in the journal never leads to half a file. Content that is there already is not kept twice.
 *
 * What is hashed is what is moved: the file is opened once, without following a link, and must be the same
 * afterwards. Throws FILE_OUTSIDE_CALL_DIR for anything but a regular file inside the call's folder.
 */
export async function keepArtifact(path: string, folders: Folders): Promise<ArtifactRecord> {
  const source = await locate(path, folders);
  const handle = await openRegular(source, path, folders);
  try {
    const before = await handle.stat();
    const sha256 = await contentHashOf(handle);
    const name = basename(source);
    const folder = join(folders.artifactsDir, sha256.slice(0, 2), sha256);
    const target = join(folder, name);
    if (!(await holds(target, before.size))) {
      // A second name is somebody else's file, whose mode is not ours to change.
      if (before.nlink === 1) await secure(handle);
      await mkdir(folder, { recursive: true });
      failPoint('artifact.before-rename');
      await move(source, target, before);
      failPoint('artifact.after-rename');
      await syncFolders(folder, dirname(folder), folders.artifactsDir);
    }
    await mustBeUnchanged(handle, before, path);
    await sameContent(handle, sha256);
    return { path: target, sha256, size: before.size, name };
  } finally {
    await handle.close();
  }
}

/** The file's true place, with every link above it resolved. */
async function locate(path: string, folders: Folders): Promise<string> {
  if (!isAbsolute(path)) throw outside(path, folders, 'the path is relative');
  const folder = await realpath(dirname(path)).catch(() => null);
  const callDir = await realpath(folders.callDir).catch(() => null);
  if (folder === null || callDir === null) throw outside(path, folders, 'it does not exist');
  const inside = relative(callDir, join(folder, basename(path)));
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw outside(path, folders, 'it lies elsewhere');
  }
  return join(folder, basename(path));
}

async function openRegular(source: string, path: string, folders: Folders): Promise<FileHandle> {
  // Not following a link, and not waiting for the other end of a named pipe.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(source, flags).catch(async () => {
    const isLink = (await lstat(source).catch(() => null))?.isSymbolicLink() === true;
    throw outside(path, folders, isLink ? 'it is a link' : 'it cannot be read');
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw outside(path, folders, 'it is not a regular file');
}

async function holds(target: string, size: number): Promise<boolean> {
  const found = await lstat(target).catch(() => null);
  return found?.isFile() === true && found.size === size;
}

async function secure(handle: FileHandle): Promise<void> {
  await handle.chmod(0o444);
  await handle.sync();
}

/**
 * A file with a second name elsewhere would stay writable through it, so that one is copied; and so is one on
 * another disk. The copy is the kernel's work: blocks are shared where the disk can, and nothing comes here.
 */
async function move(source: string, target: string, { nlink }: Stats): Promise<void> {
  if (nlink === 1 && (await isRenamed(source, target))) return;
  const copy = `${target}.${newId('evt')}`;
  await copyFile(source, copy, constants.COPYFILE_FICLONE);
  const handle = await open(copy);
  await secure(handle).finally(() => handle.close());
  await rename(copy, target);
  return rm(source);
}

async function isRenamed(source: string, target: string): Promise<boolean> {
  try {
    await rename(source, target);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EXDEV') return false;
    throw error;
  }
}

async function syncFolders(...folders: string[]): Promise<void> {
  await Promise.all(
    folders.map(async (folder) => {
      const handle = await open(folder);
      await handle.sync().finally(() => handle.close());
    }),
  );
}

async function mustBeUnchanged(handle: FileHandle, before: Stats, path: string): Promise<void> {
  const { size, mtimeMs } = await handle.stat();
  if (size === before.size && mtimeMs === before.mtimeMs) return;
  throw new HostError(
    'WORKER_PROTOCOL',
    `${path} was still being written when the call that returned it had ended`,
    { hint: 'The capability must close its files before it returns them.' },
  );
}

const outside = (path: string, { callDir }: Folders, why: string): HostError =>
  new HostError(
    'FILE_OUTSIDE_CALL_DIR',
    `The file ${path} was returned as an output, but ${why}. A call may return regular files that it wrote in its own folder, ${callDir}, and files that it was given.`,
    { details: { path, callDir } },
  );
