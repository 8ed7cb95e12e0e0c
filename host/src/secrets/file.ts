import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { chmod, type FileHandle, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withBuildLock } from '../environments/build-lock.ts';
import { HostError, messageOf } from '../errors.ts';

const fileName = 'secrets.json';
/** Far more than anybody's secrets. */
const mostBytes = 16 * 1024 * 1024;
/** A writer holds the lock for a rename and two syncs. */
const patienceMs = 30_000;

export interface FoundFile {
  text: string;
  file: string;
  /** Others than its owner may read or enter; each a sentence with the cure. */
  loose: string[];
}

/**
 * The file of a workspace's secrets, in a folder of its own: 0600 in 0700, never through a link, never
 * written in place, one writer at a time over all processes.
 */
export class SecretsFile {
  readonly folder: string;
  readonly path: string;

  constructor(folder: string) {
    this.folder = folder;
    this.path = join(folder, fileName);
  }

  /** Null where there is none. Throws SECRETS_UNREADABLE for a link, a stranger's file or none at all. */
  async read(): Promise<FoundFile | null> {
    const folder = await lstat(this.folder).catch(absent);
    if (folder === null) return null;
    const loose = [...this.#checked(folder, this.folder, 'folder')];
    const handle = await this.#open();
    if (handle === null) return null;
    try {
      const found = await handle.stat();
      loose.push(...this.#checked(found, this.path, 'file'));
      if (found.size > mostBytes) throw refused(this.path, `it has ${found.size} bytes`);
      return { text: await handle.readFile('utf8'), file: this.path, loose };
    } finally {
      await handle.close();
    }
  }

  /** Runs `work` as the only writer. */
  async locked<T>(work: () => Promise<T>): Promise<T> {
    await this.#makeFolder();
    try {
      return await withBuildLock(
        this.folder,
        'writer',
        { signal: AbortSignal.timeout(patienceMs) },
        async () => {
          await this.#sweep();
          return work();
        },
      );
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
      throw new HostError(
        'SECRETS_UNREADABLE',
        `Another process has been writing secrets for ${patienceMs / 1000} s: ${this.folder}`,
        { hint: 'End that process, and try again.', category: 'transient', cause: error },
      );
    }
  }

  /** The old file or the new one, whatever happens; to be called inside of `locked`. */
  async write(text: string): Promise<void> {
    const temporary = join(this.folder, `${fileName}.${randomBytes(6).toString('hex')}.tmp`);
    try {
      const handle = await open(temporary, 'wx', 0o600);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, this.path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw new HostError(
        'FOLDER_NOT_WRITABLE',
        `The secrets could not be written (${messageOf(error)}): ${this.path}`,
        { hint: 'What was there before is still there.', cause: error },
      );
    }
    const folder = await open(this.folder, 'r');
    await folder.sync().finally(() => folder.close());
  }

  async #open(): Promise<FileHandle | null> {
    // Not following a link, and not waiting for the other end of a named pipe.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    try {
      return await open(this.path, flags);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      if (codeOf(error) === 'ELOOP') throw refused(this.path, 'it is a link');
      throw refused(this.path, messageOf(error));
    }
  }

  *#checked(found: Stats, path: string, what: 'file' | 'folder'): Generator<string> {
    if (found.isSymbolicLink()) throw refused(path, 'it is a link');
    if (what === 'file' ? !found.isFile() : !found.isDirectory()) {
      throw refused(path, `it is no ${what}`);
    }
    const me = process.getuid?.();
    if (me !== undefined && found.uid !== me) throw refused(path, 'it belongs to another user');
    if (process.platform === 'win32' || (found.mode & 0o077) === 0) return;
    const mode = (found.mode & 0o777).toString(8);
    yield `Others may look into ${path} (its mode is ${mode}). Run: chmod ${what === 'file' ? 600 : 700} '${path}'`;
  }

  async #makeFolder(): Promise<void> {
    const found = await lstat(this.folder).catch(absent);
    if (found === null) {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await chmod(this.folder, 0o700);
    } else for (const _ of this.#checked(found, this.folder, 'folder')) void _;
  }

  /** What a writer left that was killed between two steps. */
  async #sweep(): Promise<void> {
    const names = await readdir(this.folder);
    const left = names.filter((name) => name.startsWith(`${fileName}.`) && name.endsWith('.tmp'));
    await Promise.all(left.map((name) => rm(join(this.folder, name), { force: true })));
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

function absent(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}

const refused = (path: string, why: string): HostError =>
  new HostError('SECRETS_UNREADABLE', `The secrets are not read from ${path}: ${why}.`, {
    hint: 'Secrets are kept in a plain file of your own, in a folder of your own. Remove what is there, or put the file back.',
    details: { path, why },
  });
