import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import type { FileValue } from '@capstan/protocol';
import { contentHashOf } from '../content.ts';
import { HostError, messageOf } from '../errors.ts';

/** The files that a call came with, when it returns some of them again. */
export class GivenFiles {
  readonly #given: ReadonlyMap<string, FileValue>;
  #paths: Map<string, string> | undefined;

  constructor(given: readonly FileValue[]) {
    this.#given = new Map(given.map((file) => [file.path, file]));
  }

  /**
   * The given file that a path names, directly or as a hard link to it, with the content it has now; null for
   * all others. It is read again only when its times or size say that it was changed.
   */
  async find(path: string): Promise<FileValue | null> {
    if (this.#given.size === 0) return null;
    const file = this.#given.get(path) ?? this.#given.get((await this.#linkedTo(path)) ?? '');
    return file === undefined ? null : asItIs(file);
  }

  async #linkedTo(path: string): Promise<string | undefined> {
    const status = await lstat(path).catch(() => null);
    if (status === null || !status.isFile() || status.nlink === 1) return undefined;
    this.#paths ??= await this.#pathsByNumber();
    return this.#paths.get(`${status.dev}:${status.ino}`);
  }

  async #pathsByNumber(): Promise<Map<string, string>> {
    const paths = new Map<string, string>();
    for (const path of this.#given.keys()) {
      // oxlint-disable-next-line no-await-in-loop -- a handful, and only where a link was made
      const status = await lstat(path).catch(() => null);
      if (status !== null) paths.set(`${status.dev}:${status.ino}`, path);
    }
    return paths;
  }
}

async function asItIs(file: FileValue): Promise<FileValue> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const handle = await open(file.path, flags).catch((error: unknown) => {
    throw new HostError(
      'FILE_NOT_FOUND',
      `The call returned ${file.path}, which it was given, but the file cannot be read any more: ${messageOf(error)}`,
      { details: { path: file.path } },
    );
  });
  try {
    const { size } = await handle.stat();
    return { ...file, sha256: await contentHashOf(handle), size };
  } finally {
    await handle.close();
  }
}
