import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type JsonObject, wireValue } from '@capstan/protocol';
import { canonicalJson } from './canonical-json.ts';
import { InputError } from './errors.ts';
import { InputFile } from './files.ts';

/** Says in a finished folder what it is a result of. */
const noteName = '.capstan-cache.json';
/** A file written this recently may be written again within one tick of the clock of its disk. */
const settledMs = 20;

/** What a result is cached for: a file, by its content, or with `text` a string itself. */
export type CacheSource = InputFile | string | { readonly text: string };

type Tell = (event: 'cache_hit' | 'result_saved', payload: JsonObject) => void;

interface Key {
  action: string;
  input: string;
  inputHash: string;
  configHash: string;
}

/**
 * The folder of one result: `<data>/<action>/<stem of the input>/<6 hex of its content>_<12 hex of the
 * configuration>`, shared by all workers of a capability. A folder of that name is a finished result: it is
 * written under another name and published by one rename, so what a crash leaves is never a hit, and of two
 * workers that make the same one the first is kept.
 */
export class CacheEntry {
  readonly path: string;
  readonly #key: Key;
  readonly #tell: Tell;
  #isHit: boolean;

  constructor(path: string, key: Key, isHit: boolean, tell: Tell) {
    this.path = path;
    this.#key = key;
    this.#isHit = isHit;
    this.#tell = tell;
  }

  /** Whether the result is there already. */
  get isHit(): boolean {
    return this.#isHit;
  }

  /** The path of a file in it. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Writes the result into the folder that `make` is given. It is published when that succeeds; else nothing stays. */
  async save<Made>(make: (folder: string) => Promise<Made> | Made): Promise<Made> {
    const unique = `${process.pid}-${randomBytes(4).toString('hex')}`;
    const folder = join(dirname(this.path), `.new-${basename(this.path)}-${unique}`);
    await mkdir(folder, { recursive: true });
    try {
      const made = await make(folder);
      await this.#publish(folder);
      return made;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The value that was saved there as JSON; else that of `make`, which is saved. */
  async json<Value>(make: () => Promise<Value> | Value, name = 'result.json'): Promise<Value> {
    if (this.#isHit) return JSON.parse(await readFile(this.file(name), 'utf8')) as Value;
    return this.save(async (folder) => {
      const value = await make();
      await writeFile(join(folder, name), JSON.stringify(wireValue(value)));
      return value;
    });
  }

  async #publish(folder: string): Promise<void> {
    const note = { ...this.#key, savedAt: Date.now() / 1000 };
    await writeFile(join(folder, noteName), JSON.stringify(note));
    try {
      await rename(folder, this.path);
    } catch (error) {
      if (!(await isThere(this.path))) throw error;
      await rm(folder, { recursive: true, force: true }); // another worker was first; both made the same
    }
    this.#isHit = true;
    this.#tell('result_saved', { ...this.#key, path: this.path });
  }
}

/** The entry of an input under a configuration; see `Context.cacheDir`. */
export async function cacheEntry(
  dataDir: string,
  action: string,
  source: CacheSource,
  config: JsonObject,
  tell: Tell,
): Promise<CacheEntry> {
  const isText = typeof source === 'object' && 'text' in source;
  const input = isText ? source.text : typeof source === 'string' ? source : source.path;
  const inputHash = isText ? sha256(source.text) : await contentHash(source, dataDir);
  const configHash = sha256(canonicalJson(config));
  const stem = safeStem(basename(input, extname(input)));
  const name = `${inputHash.slice(0, 6)}_${configHash.slice(0, 12)}`;
  const path = join(dataDir, safeStem(action), stem, name);
  const key = { action, input, inputHash, configHash };
  const isHit = await isThere(path);
  if (isHit) {
    const now = new Date();
    await utimes(path, now, now).catch(() => {}); // who may only read the cache cannot say so
    tell('cache_hit', { ...key, path });
  }
  return new CacheEntry(path, key, isHit, tell);
}

/** A stem as the name of a folder: no separators or control characters, at most 100 characters, never empty. */
export function safeStem(stem: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what must not be in a name
  const safe = stem.replaceAll(/[<>:"/\\|?*\u0000-\u001f\u007f]/g, '_');
  const trimmed = Array.from(trimmedDots(safe)).slice(0, 100).join('');
  return trimmedDots(trimmed) || '_';
}

const trimmedDots = (text: string): string => text.replaceAll(/^[. ]+|[. ]+$/g, '');

const hashes = new Map<string, Memo>();

interface Memo {
  path: string;
  mtimeNs: string;
  size: string;
  sha256: string;
}

/** SHA-256 of a file in hex, read as a stream, and only once for its path, time and size, also by later workers. */
export async function contentHash(source: InputFile | string, dataDir: string): Promise<string> {
  if (source instanceof InputFile && source.sha256 !== undefined) return source.sha256;
  const path = resolve(typeof source === 'string' ? source : source.path);
  const status = await stat(path, { bigint: true }).catch((error: unknown) => {
    throw new InputError(`${path} cannot be read`, { cause: error });
  });
  const { mtimeNs, size } = status;
  const found = hashes.get(path) ?? (await remembered(dataDir, path));
  if (found?.path === path && found.mtimeNs === String(mtimeNs) && found.size === String(size)) {
    return found.sha256;
  }
  const isSettled = Date.now() - Number(status.mtimeMs) > settledMs;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), hash);
  const memo = {
    path,
    mtimeNs: String(mtimeNs),
    size: String(size),
    sha256: hash.digest('hex'),
  };
  if (isSettled) {
    hashes.set(path, memo);
    await remember(dataDir, memo);
  }
  return memo.sha256;
}

const memoPath = (dataDir: string, path: string): string =>
  join(dataDir, '.input-hashes', `${sha256(path).slice(0, 32)}.json`);

async function remembered(dataDir: string, path: string): Promise<Memo | undefined> {
  try {
    return JSON.parse(await readFile(memoPath(dataDir, path), 'utf8')) as Memo;
  } catch {
    return undefined;
  }
}

async function remember(dataDir: string, memo: Memo): Promise<void> {
  const target = memoPath(dataDir, memo.path);
  const written = `${target}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(written, JSON.stringify(memo));
    await rename(written, target);
  } catch {
    // a memo that cannot be kept costs only the time to read again
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
