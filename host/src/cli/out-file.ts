import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HostError } from '../errors.ts';

/**
 * A file that is there whole or not at all: written beside its place under another name, synced, and put in
 * place at the end. An existing file is not overwritten unless that was said.
 */
export class OutFile {
  readonly path: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  readonly #mayReplace: boolean;

  private constructor(path: string, temporary: string, handle: FileHandle, mayReplace: boolean) {
    this.path = path;
    this.#temporary = temporary;
    this.#handle = handle;
    this.#mayReplace = mayReplace;
  }

  /** Throws USAGE where a file lies already, FOLDER_NOT_WRITABLE. */
  static async open(path: string, { force }: { force: boolean }): Promise<OutFile> {
    const found = await stat(path).catch(() => null);
    if (found?.isDirectory() === true) {
      throw new HostError('USAGE', `${path} is a folder.`, { hint: 'Name a file in it.' });
    }
    if (found?.isFile() === true && !force) throw exists(path);
    // A device or a pipe cannot be put in place; it is written as it is.
    const isSpecial = found !== null && !found.isFile();
    const temporary = isSpecial
      ? path
      : join(dirname(path), `.${basename(path)}.${process.pid}.part`);
    try {
      const handle = await open(temporary, 'w');
      return new OutFile(path, temporary, handle, force || isSpecial);
    } catch (cause) {
      throw new HostError('FOLDER_NOT_WRITABLE', `${path} cannot be written.`, { cause });
    }
  }

  async write(text: string): Promise<void> {
    try {
      await this.#handle.writeFile(text);
    } catch (cause) {
      throw new HostError('FOLDER_NOT_WRITABLE', `${this.path} cannot be written on.`, { cause });
    }
  }

  /** Puts the file in its place. */
  async commit(): Promise<void> {
    if (this.#temporary === this.path) return this.#handle.close();
    await this.#handle.sync();
    await this.#handle.close();
    if (this.#mayReplace) await rename(this.#temporary, this.path);
    else await placeAnew(this.#temporary, this.path);
    const folder = await open(dirname(this.path), 'r');
    await folder.sync().finally(() => folder.close());
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => {});
    if (this.#temporary !== this.path) await rm(this.#temporary, { force: true });
  }
}

/** A link is refused where a file has appeared meanwhile, which a rename would replace. */
async function placeAnew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') throw exists(path);
    // A filesystem without hard links.
    await rename(temporary, path);
    return;
  }
  await rm(temporary, { force: true });
}

const exists = (path: string): HostError =>
  new HostError('USAGE', `${path} is there already.`, {
    hint: 'Name another file, or write over it with `--force`.',
    details: { path },
  });
