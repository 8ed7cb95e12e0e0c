import { join } from 'node:path';
import { readBuilt } from '../environments/index.ts';
import { workspacePaths } from '../paths.ts';
import { dialectOf } from './cjm/command.ts';
import type { CapabilityDeclaration, Workspace } from './declaration.ts';
import { earlierManifest } from './install-one.ts';
import { want } from './prepare.ts';
import { ownSdk, sdkSkew } from './skew.ts';

export interface StaleCapability {
  name: string;
  /**
   * Why what is installed is not what is declared. `source` is cheap to put right (the environment stays),
   * the others may build something.
   */
  reason: 'not installed' | 'declaration' | 'environment' | 'lock' | 'sdk' | 'source';
  /** More about it, as the end of a sentence about the capability; for some reasons. */
  detail?: string;
}

/**
 * The declared capabilities whose installation no longer matches their declaration or their code. Reads
 * files only: quick enough to ask before each run. What cannot be read at all is left to `installCapabilities`
 * and `loadInstalled` to complain about.
 */
export async function staleCapabilities(workspace: Workspace): Promise<StaleCapability[]> {
  const found = await Promise.all(
    workspace.capabilities.map(async (declaration) => ({
      name: declaration.name,
      why: await staleness(declaration, workspace).catch(() => null),
    })),
  );
  return found.flatMap(({ name, why }) => (why === null ? [] : [{ name, ...why }]));
}

async function staleness(
  declaration: CapabilityDeclaration,
  workspace: Workspace,
): Promise<Omit<StaleCapability, 'name'> | null> {
  const { manifestsDir } = workspacePaths(workspace.root);
  const manifest = await earlierManifest(join(manifestsDir, `${declaration.name}.json`));
  const recorded = manifest?.capstan ?? null;
  // Another program's installation is used as it is, until its user wants one of ours.
  if (recorded === null && manifest !== null && declaration.dialect === 'cjm') return null;
  if (recorded === null) return { reason: 'not installed' };
  const wanted = await want(declaration, workspace);
  if (recorded.requirement_hash !== wanted.requirementHash) return { reason: 'declaration' };
  const { path, key, kind, lock_hash: lockHash } = recorded.environment;
  const built = await readBuilt(path, key);
  if (built === null) return { reason: 'environment' };
  const isOurs = dialectOf(recorded.command) === 'capstan';
  const skew = isOurs ? sdkSkew(recorded.sdk, await ownSdk(kind)) : null;
  if (skew !== null) return { reason: 'sdk', detail: skew };
  if (recorded.source.hash !== wanted.sourceHash) return { reason: 'source' };
  return built.lockHash === lockHash ? null : { reason: 'lock' };
}
