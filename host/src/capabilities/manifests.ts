import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HostError } from '../errors.ts';
import { readAdapterManifests } from './adapter-manifest.ts';
import { type Manifest, readManifest } from './manifest.ts';

export interface FoundManifests {
  /** By the names of their files. */
  manifests: Manifest[];
  problems: HostError[];
}

/**
 * The manifests of all capabilities in a folder, declared or not. One that cannot be used is a problem, the
 * others still count.
 */
export async function readManifests(manifestsDir: string): Promise<FoundManifests> {
  const names = await installedNames(manifestsDir);
  const read = await Promise.allSettled(
    names.map((name) => readManifest(join(manifestsDir, `${name}.json`))),
  );
  return {
    manifests: read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    problems: read.flatMap((one) =>
      one.status === 'rejected' && one.reason instanceof HostError ? [one.reason] : [],
    ),
  };
}

/** Names of the capabilities that have a manifest, declared or not. */
export async function installedNames(manifestsDir: string): Promise<string[]> {
  const files = await readdir(manifestsDir).catch(() => []);
  const { files: ofAdapters } = await readAdapterManifests(manifestsDir);
  return files
    .filter((file) => file.endsWith('.json') && !ofAdapters.includes(file))
    .map((file) => file.slice(0, -'.json'.length))
    .toSorted();
}
