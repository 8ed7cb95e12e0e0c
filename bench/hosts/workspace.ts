import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { installCapabilities, readWorkspace } from '../../host/src/capabilities/index.ts';
import { machinePaths } from '../../host/src/paths.ts';

/** Makes a workspace with the figures' capabilities, really installed into environments of their own. */
export async function makeWorkspace(
  folder: string,
  from = join(import.meta.dirname, 'subjects'),
): Promise<NodeJS.ProcessEnv> {
  cpSync(from, folder, { recursive: true });
  const env = environmentOf(folder);
  const { capabilities } = await installCapabilities(await readWorkspace(folder), {
    env,
    paths: machinePaths(env),
    consent: () => Promise.resolve(false),
    onProgress: () => {},
  });
  for (const { error } of capabilities) if (error !== null) throw error;
  return env;
}

/** Nothing of the user's own is touched. */
export const environmentOf = (folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  XDG_DATA_HOME: join(folder, 'data'),
});
