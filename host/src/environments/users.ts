import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sha256Hex } from './content-hash.ts';

/**
 * Who uses an environment. Environments are shared by all workspaces of a user, and none of them knows the
 * others; so each installation leaves a note beside the environments, `.users/<key>/<hash>.json`, that names
 * the file which refers to the environment: a manifest, or the record of another environment around it.
 *
 * A note is only a hint where to look. What counts is whether that file still is there and still names the
 * environment: a workspace that was deleted or installed anew uses it no more, and nobody has to be told.
 */
interface Note {
  file: string;
  /** The process that is about to write the file, which therefore need not refer to the environment yet. */
  installer: number | null;
}

/**
 * Notes that `file` refers, or (while `installing`) will refer, to an environment. An environment's folder is
 * named by its key, and that name is what is looked for in the file.
 */
export async function recordUser(
  environmentFolder: string,
  file: string,
  { installing = false }: { installing?: boolean } = {},
): Promise<void> {
  const path = noteOf(environmentFolder, file);
  const note: Note = { file, installer: installing ? process.pid : null };
  await mkdir(dirname(path), { recursive: true });
  const temp = `${path}.${process.pid}.tmp`;
  await writeFile(temp, `${JSON.stringify(note)}\n`);
  await rename(temp, path);
}

/** Takes a note back; what the file says is no longer asked. */
export async function forgetUser(environmentFolder: string, file: string): Promise<void> {
  await rm(noteOf(environmentFolder, file), { force: true });
}

/** The files that exist and refer to the environment now, or are being written by a living installer. */
export async function usersOf(environmentFolder: string): Promise<string[]> {
  const folder = notesOf(environmentFolder);
  const names = await readdir(folder).catch(() => []);
  const notes = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => readNote(join(folder, name))),
  );
  const using = await Promise.all(
    notes.map(async (note) => {
      if (note === null) return null;
      const isUsed = isAlive(note.installer) || (await refersTo(note.file, environmentFolder));
      return isUsed ? note.file : null;
    }),
  );
  return using.filter((file) => file !== null).toSorted();
}

/** Removes the notes about an environment that is gone. */
export async function forgetUsers(environmentFolder: string): Promise<void> {
  await rm(notesOf(environmentFolder), { recursive: true, force: true });
}

/** Whether a file names an environment: keys are hashes, so nothing else contains one by chance. */
export async function refersTo(file: string, environmentFolder: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => error);
  // one that is there and may not be read, for all we know, does
  if (typeof text !== 'string') return !isGone(text);
  return text.includes(basename(environmentFolder));
}

const isGone = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ENOENT' || error.code === 'ENOTDIR');

const notesOf = (environmentFolder: string): string =>
  join(dirname(environmentFolder), '.users', basename(environmentFolder));

const noteOf = (environmentFolder: string, file: string): string =>
  join(notesOf(environmentFolder), `${sha256Hex(file).slice(0, 32)}.json`);

async function readNote(path: string): Promise<Note | null> {
  try {
    const note: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof note !== 'object' || note === null || !('file' in note)) return null;
    const installer = 'installer' in note ? note.installer : null;
    return typeof note.file === 'string'
      ? { file: note.file, installer: typeof installer === 'number' ? installer : null }
      : null;
  } catch {
    return null; // half a note is none
  }
}

function isAlive(pid: number | null): boolean {
  if (pid === null) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
