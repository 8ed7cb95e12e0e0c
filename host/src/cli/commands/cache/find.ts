import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { CacheResult, Declared } from '../../runtime.ts';
import { requireWorkspace } from '../../workspace.ts';

export interface FoundResults {
  root: string;
  dataDir: string;
  runtime: Declared;
  results: CacheResult[];
}

/** The cached results of a workspace, or of one capability in it. Throws CAPABILITY_NOT_FOUND with the nearest. */
export async function findResults(
  context: Context,
  capability: string | undefined,
): Promise<FoundResults> {
  const root = requireWorkspace(context);
  const runtime = await context.doors.declared();
  const { dataDir } = runtime.workspacePaths(root);
  if (capability !== undefined) await requireKnown(runtime, root, dataDir, capability);
  return { root, dataDir, runtime, results: await runtime.cachedResults(dataDir, capability) };
}

/** One that is declared no more may still have data. */
async function requireKnown(
  runtime: Declared,
  root: string,
  dataDir: string,
  capability: string,
): Promise<void> {
  const { capabilities } = await runtime.readWorkspace(root);
  const known = capabilities.map(({ name }) => name);
  const isName = /^[\w.@-]+$/.test(capability) && !/^\.+$/.test(capability);
  if (known.includes(capability) || (isName && existsSync(join(dataDir, capability)))) return;
  throw new HostError('CAPABILITY_NOT_FOUND', `There is no capability "${capability}".`, {
    hint: runtime.didYouMean(capability, known) ?? `Known are ${known.join(', ') || 'none'}.`,
    details: { capability, known },
  });
}

export const documentOf = ({ usedMs, ...result }: CacheResult): object => ({
  ...result,
  lastUsed: new Date(usedMs).toISOString(),
});

export const bytesOf = (results: readonly CacheResult[]): number =>
  results.reduce((sum, { bytes }) => sum + bytes, 0);
