import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes the folders of calls that ended with an earlier host. To be called before any call begins. */
export async function removeOldCallDirs(callsDir: string): Promise<void> {
  const folders = await readdir(callsDir).catch(() => []);
  await Promise.all(
    folders.map((folder) => rm(join(callsDir, folder), { recursive: true, force: true })),
  );
}
