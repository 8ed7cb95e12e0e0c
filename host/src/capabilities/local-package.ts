import { contentHash, type LocalPackage } from '../environments/index.ts';

/** A package file or folder of this disk, known by its content. */
export async function localPackage(path: string): Promise<LocalPackage> {
  return { path, sha256: await contentHash(path) };
}
