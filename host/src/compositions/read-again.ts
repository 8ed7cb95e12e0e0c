import { isTaggedFile, type Json, type TaggedFile } from '@capstan/protocol';
import { fileAt, UnusableFile } from './files.ts';

/**
 * Looks again at files whose content is recorded: each is read at most once. One that was edited comes back
 * with the content it has now; one that cannot be read stays as recorded, and is remembered as gone.
 */
export class FilesAgain {
  /** Paths that cannot be read, each with why. */
  readonly gone = new Map<string, string>();
  readonly #read = new Map<string, Promise<TaggedFile>>();

  /** A copy of `value` with every file in it as it is now. */
  async in<T extends Json>(value: T): Promise<T>;
  async in(value: Json): Promise<Json> {
    if (isTaggedFile(value)) {
      const { data, ...tag } = await this.#look(value);
      return { ...tag, data: { ...data } };
    }
    if (Array.isArray(value)) return Promise.all(value.map((item) => this.in(item)));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(async ([key, part]) => [key, await this.in(part)]);
    return Object.fromEntries(await Promise.all(entries)) as Json;
  }

  #look(file: TaggedFile): Promise<TaggedFile> {
    const { path } = file.data;
    const known = this.#read.get(path) ?? this.#now(file);
    this.#read.set(path, known);
    return known;
  }

  async #now(file: TaggedFile): Promise<TaggedFile> {
    try {
      const now = await fileAt(file.data.path, '/');
      return now.data.sha256 === file.data.sha256 ? file : now;
    } catch (error) {
      if (!(error instanceof UnusableFile)) throw error;
      this.gone.set(file.data.path, error.message);
      return file;
    }
  }
}
