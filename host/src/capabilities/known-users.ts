import { join } from 'node:path';
import { recordUser } from '../environments/index.ts';
import { workspacePaths } from '../paths.ts';
import { readManifest } from './manifest.ts';
import { installedNames } from './manifests.ts';

/** Notes which environments a workspace uses, for those that were installed before such notes were made. */
export async function recordUsersOf(root: string): Promise<void> {
  const { manifestsDir } = workspacePaths(root);
  for (const name of await installedNames(manifestsDir)) {
    const file = join(manifestsDir, `${name}.json`);
    // oxlint-disable-next-line no-await-in-loop -- small files
    const manifest = await readManifest(file).catch(() => null);
    const path = manifest?.capstan?.environment.path;
    // oxlint-disable-next-line no-await-in-loop
    if (path !== undefined) await recordUser(path, file);
  }
}
