import { type FileValue, filesIn, isTaggedFile, type Json } from '@capstan/protocol';
import type { ArtifactRecord } from '../stores/index.ts';
import { keepArtifact } from './artifact.ts';
import { GivenFiles } from './given.ts';

export interface CollectedOutputs {
  /** The result, with every file named where it is kept now. */
  result: Json;
  /** The files this call made. Those it was given and only passes on are not among them. */
  artifacts: ArtifactRecord[];
}

/**
 * Takes over the files of a result. Each must be one the call wrote in its own folder, which becomes an
 * artifact, or one of those it was `given`, which stays where it is, also when the call has made a link to
 * it. A given file that is what it was is not read again. Throws FILE_OUTSIDE_CALL_DIR.
 */
export async function collectOutputs(
  result: Json,
  given: readonly FileValue[],
  folders: { callDir: string; artifactsDir: string },
): Promise<CollectedOutputs> {
  const claimed = filesIn(result);
  if (claimed.length === 0) return { result, artifacts: [] };
  const passedOn = new GivenFiles(given);
  const kept = new Map<string, FileValue>();
  const artifacts = new Map<string, ArtifactRecord>();
  for (const { path, mediaType } of claimed) {
    if (kept.has(path)) continue;
    // One after the other: hashing is bound by the disk and one core, whatever the number of files.
    // oxlint-disable-next-line no-await-in-loop
    const same = await passedOn.find(path);
    if (same !== null) {
      kept.set(path, same);
      continue;
    }
    // oxlint-disable-next-line no-await-in-loop
    const artifact = await keepArtifact(path, folders);
    const described = { ...artifact, ...(mediaType === undefined ? {} : { mediaType }) };
    const { name: _, ...value } = described;
    artifacts.set(artifact.path, described);
    kept.set(path, value);
  }
  return { result: replaceFiles(result, kept), artifacts: [...artifacts.values()] };
}

function replaceFiles(value: Json, kept: ReadonlyMap<string, FileValue>): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => replaceFiles(item, kept));
  if (isTaggedFile(value)) {
    const file = kept.get(value.data.path);
    return { __wire__: 'capstan.file', data: { ...value.data, ...file } };
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, replaceFiles(item, kept)]),
  );
}
