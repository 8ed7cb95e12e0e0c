import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeManifest } from './manifest.ts';
import { isPythonObject, parsePythonJson, type PythonObject } from './python-json.ts';

/**
 * Writes the manifests of the adapters a capability brings, and removes those of adapters it brings no
 * longer. Two capabilities may bring classes of one name for one task; then the second's file says whose it is.
 */
export async function recordAdapters(
  manifestsDir: string,
  capability: string,
  documents: readonly { file: string; document: PythonObject }[],
): Promise<void> {
  const written = new Set<string>();
  for (const { file, document } of documents) {
    // oxlint-disable-next-line no-await-in-loop -- one or two
    const owner = await ownerOf(join(manifestsDir, `${file}.json`));
    const isFree = owner === null || (owner === capability && !written.has(`${file}.json`));
    const name = isFree ? `${file}.json` : `${file}-${capability}.json`;
    // oxlint-disable-next-line no-await-in-loop
    await writeManifest(join(manifestsDir, name), document);
    written.add(name);
  }
  await removeAdapters(manifestsDir, capability, written);
}

/** Removes the manifests of a capability's adapters but those to keep, and says which files that were. */
export async function removeAdapters(
  manifestsDir: string,
  capability: string,
  keep: ReadonlySet<string> = new Set(),
): Promise<string[]> {
  const files = await adapterFilesOf(manifestsDir, capability);
  const gone = files.filter((name) => !keep.has(name)).map((name) => join(manifestsDir, name));
  await Promise.all(gone.map((file) => rm(file, { force: true })));
  return gone;
}

/** Names of the files that record adapters of a capability. */
export async function adapterFilesOf(manifestsDir: string, capability: string): Promise<string[]> {
  const names = await readdir(manifestsDir).catch(() => []);
  const candidates = names.filter((name) => /^adapter-.*\.json$/.test(name)).toSorted();
  const owners = await Promise.all(candidates.map((name) => ownerOf(join(manifestsDir, name))));
  return candidates.filter((_, index) => owners[index] === capability);
}

/** The capability that an adapter's manifest belongs to; null when there is none, `''` for another's file. */
async function ownerOf(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const document = parsePythonJson(text);
    if (!isPythonObject(document) || document['unit'] !== 'adapter') return '';
    const ours = document['capstan'];
    const owner = isPythonObject(ours) ? ours['capability'] : undefined;
    return typeof owner === 'string' ? owner : '';
  } catch {
    return '';
  }
}
