import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** One finished result in the cache of a capability: `<data>/<capability>/<action>/<stem>/<input>_<configuration>`. */
export interface CacheResult {
  /** `speech/transcribe/talk/2cf24d_0a1b2c3d4e5f`, which names it among all of a workspace. */
  id: string;
  capability: string;
  action: string;
  stem: string;
  path: string;
  bytes: number;
  files: number;
  /** When it was made or last found again. */
  usedMs: number;
  /** What it was made from, where the SDK has noted it. */
  input: string | null;
}

/** What is removed: results for which all that is given holds. */
export interface CachePruning {
  /** Ids, or beginnings of ids up to a slash, of results that stay whatever else is said. */
  keep: readonly string[];
  olderThanMs?: number;
  largerThanBytes?: number;
}

const entryName = /^[0-9a-f]{6}_[0-9a-f]{12}$/;
const noteName = '.capstan-cache.json';
const unfinishedName = /^\.new-[0-9a-f]{6}_[0-9a-f]{12}-/;
/** Longer than any call may take to write its result. */
const abandonedMs = 24 * 60 * 60_000;

/** The cached results of the capabilities with data in a workspace, or of one; the largest first. */
export async function cachedResults(dataDir: string, capability?: string): Promise<CacheResult[]> {
  const names = capability === undefined ? await foldersIn(dataDir) : [capability];
  const results: CacheResult[] = [];
  for (const name of names) {
    // oxlint-disable-next-line no-await-in-loop -- a tree is walked in order, with few open folders
    for (const place of await placesOf(dataDir, name)) {
      if (!entryName.test(place.name)) continue;
      // oxlint-disable-next-line no-await-in-loop
      results.push(await resultAt(name, place));
    }
  }
  return results.toSorted((a, b) => b.bytes - a.bytes || (a.id < b.id ? -1 : 1));
}

/** Those of the results that go. A `keep` that names none is returned as `unknown`. */
export function resultsToPrune(
  results: readonly CacheResult[],
  { keep, olderThanMs, largerThanBytes }: CachePruning,
  nowMs: number,
): { going: CacheResult[]; unknown: string[] } {
  const isKept = ({ id }: CacheResult, wanted: string): boolean =>
    id === wanted || id.startsWith(`${wanted.replace(/\/+$/, '')}/`);
  const going = results.filter(
    (result) =>
      !keep.some((wanted) => isKept(result, wanted)) &&
      (olderThanMs === undefined || nowMs - result.usedMs > olderThanMs) &&
      (largerThanBytes === undefined || result.bytes > largerThanBytes),
  );
  const unknown = keep.filter((wanted) => !results.some((result) => isKept(result, wanted)));
  return { going, unknown };
}

/** Removes results, then folders that they leave empty. A result that is being read stays readable to its reader. */
export async function removeResults(results: readonly CacheResult[]): Promise<void> {
  for (const { path } of results) {
    // oxlint-disable-next-line no-await-in-loop -- removing is bound by one disk
    await rm(path, { recursive: true, force: true });
    // oxlint-disable-next-line no-await-in-loop
    await removeIfEmpty(join(path, '..'));
    // oxlint-disable-next-line no-await-in-loop
    await removeIfEmpty(join(path, '../..'));
  }
}

/** Removes what calls that were killed have left half-written, a day ago or longer; how many. */
export async function removeAbandoned(
  dataDir: string,
  capability: string | undefined,
  nowMs: number,
): Promise<number> {
  const names = capability === undefined ? await foldersIn(dataDir) : [capability];
  let removed = 0;
  for (const name of names) {
    // oxlint-disable-next-line no-await-in-loop -- a tree is walked in order, with few open folders
    for (const place of await placesOf(dataDir, name)) {
      if (!unfinishedName.test(place.name)) continue;
      // oxlint-disable-next-line no-await-in-loop
      const { mtimeMs } = await lstat(place.path).catch(() => ({ mtimeMs: nowMs }));
      if (nowMs - mtimeMs < abandonedMs) continue;
      // oxlint-disable-next-line no-await-in-loop
      await rm(place.path, { recursive: true, force: true });
      removed += 1;
    }
  }
  return removed;
}

interface Place {
  action: string;
  stem: string;
  name: string;
  path: string;
}

/** All folders at the depth of cached results, whatever they are. Links are not followed. */
async function placesOf(dataDir: string, capability: string): Promise<Place[]> {
  const root = join(dataDir, capability);
  const places: Place[] = [];
  for (const action of await foldersIn(root)) {
    // oxlint-disable-next-line no-await-in-loop -- see above
    for (const stem of await foldersIn(join(root, action))) {
      const folder = join(root, action, stem);
      // oxlint-disable-next-line no-await-in-loop
      for (const name of await foldersIn(folder)) {
        places.push({ action, stem, name, path: join(folder, name) });
      }
    }
  }
  return places;
}

async function resultAt(
  capability: string,
  { action, stem, name, path }: Place,
): Promise<CacheResult> {
  const [{ mtimeMs }, { bytes, files }, input] = await Promise.all([
    lstat(path),
    sizeOf(path),
    inputOf(path),
  ]);
  const id = [capability, action, stem, name].join('/');
  return { id, capability, action, stem, path, bytes, files, usedMs: mtimeMs, input };
}

async function inputOf(path: string): Promise<string | null> {
  try {
    const note: unknown = JSON.parse(await readFile(join(path, noteName), 'utf8'));
    const input: unknown = Reflect.get(Object(note), 'input');
    return typeof input === 'string' ? input : null;
  } catch {
    return null; // the SDK of another system writes none
  }
}

async function sizeOf(folder: string): Promise<{ bytes: number; files: number }> {
  let bytes = 0;
  let files = 0;
  for (const entry of await entriesIn(folder)) {
    const path = join(folder, entry.name);
    // oxlint-disable-next-line no-await-in-loop -- see above
    const inside = entry.isDirectory() ? await sizeOf(path) : await sizeOfFile(path, entry.name);
    bytes += inside.bytes;
    files += inside.files;
  }
  return { bytes, files };
}

async function sizeOfFile(path: string, name: string): Promise<{ bytes: number; files: number }> {
  const status = await lstat(path).catch(() => null);
  return { bytes: status?.size ?? 0, files: name === noteName ? 0 : 1 };
}

const entriesIn = (folder: string): Promise<Dirent[]> =>
  readdir(folder, { withFileTypes: true }).catch(() => []);

const foldersIn = async (folder: string): Promise<string[]> =>
  (await entriesIn(folder))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();

const removeIfEmpty = (folder: string): Promise<void> => rmdir(folder).catch(() => {});
