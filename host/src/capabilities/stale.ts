import { join } from 'node:path';
import { locateSdk, readBuilt, sdkIdentity } from '../environments/index.ts';
import { workspacePaths } from '../paths.ts';
import type { CapabilityDeclaration, Workspace } from './declaration.ts';
import { earlierManifest } from './install-one.ts';
import { want } from './prepare.ts';

export interface StaleCapability {
  name: string;
  /**
   * Why what is installed is not what is declared. `source` is cheap to put right (the environment stays),
   * the others may build something.
   */
  reason: 'not installed' | 'declaration' | 'environment' | 'sdk' | 'source';
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
      reason: await staleness(declaration, workspace).catch(() => null),
    })),
  );
  return found.flatMap(({ name, reason }) => (reason === null ? [] : [{ name, reason }]));
}

async function staleness(
  declaration: CapabilityDeclaration,
  workspace: Workspace,
): Promise<StaleCapability['reason'] | null> {
  const { manifestsDir } = workspacePaths(workspace.root);
  const manifest = await earlierManifest(join(manifestsDir, `${declaration.name}.json`));
  const recorded = manifest?.capstan ?? null;
  if (recorded === null) return 'not installed';
  const wanted = await want(declaration, workspace);
  if (recorded.requirement_hash !== wanted.requirementHash) return 'declaration';
  const { path, key, kind } = recorded.environment;
  if ((await readBuilt(path, key)) === null) return 'environment';
  const isPython = kind !== 'npm' && kind !== 'command';
  const { sha256 } = await sdkIdentity(isPython ? 'python' : 'node', locateSdk());
  if (recorded.sdk.sha256 !== sha256) return 'sdk';
  return recorded.source.hash === wanted.sourceHash ? null : 'source';
}
