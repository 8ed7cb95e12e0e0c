import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { forgetUser, removeEnvironment } from '../environments/index.ts';
import { workspacePaths } from '../paths.ts';
import { SecretStore } from '../secrets/index.ts';
import { writeAtomically } from './atomic-write.ts';
import type { Workspace } from './declaration.ts';
import { withoutCapability } from './declaration-edit.ts';
import { removeAdapters } from './record-adapters.ts';
import { type Part, type RemovalOptions, type RemovalPlan, usedBy } from './removal-plan.ts';

/** What has no manifest is started no more; what is still declared can still be asked to end. */
const order = ['manifest', 'adapter', 'declaration', 'environment', 'data', 'secrets'] as const;

export interface PerformOptions extends Pick<RemovalOptions, 'env'> {
  /** Ends what may have been started meanwhile; from now on nothing is. */
  onNoMoreStarts?: () => Promise<void>;
}

/**
 * Carries out a removal, and says what became of each part: an environment may be kept after all, when
 * somebody began to use it meanwhile. May be repeated after it was cut off.
 */
export async function performRemoval(
  workspace: Workspace,
  plan: RemovalPlan,
  { env, onNoMoreStarts }: PerformOptions,
): Promise<RemovalPlan> {
  const done = new Map<Part, Part>();
  for (const what of order) {
    // oxlint-disable-next-line no-await-in-loop -- one rests on the other
    if (what === 'declaration') await onNoMoreStarts?.();
    for (const part of plan.parts) {
      if (part.what !== what || part.kept !== null) continue;
      // oxlint-disable-next-line no-await-in-loop -- see above
      done.set(part, await remove(workspace, plan.name, part, env));
    }
  }
  return { ...plan, parts: plan.parts.map((part) => done.get(part) ?? part) };
}

async function remove(
  workspace: Workspace,
  name: string,
  part: Part,
  env: RemovalOptions['env'],
): Promise<Part> {
  const { manifestsDir, secretsDir } = workspacePaths(workspace.root);
  switch (part.what) {
    case 'declaration': {
      const text = withoutCapability(await readFile(workspace.file, 'utf8'), name);
      if (text !== null) await writeAtomically(workspace.file, text);
      return part;
    }
    case 'manifest':
      await rm(part.place, { force: true });
      return part;
    case 'adapter':
      await removeAdapters(manifestsDir, name);
      return part;
    case 'environment':
      await forgetUser(part.place, join(manifestsDir, `${name}.json`));
      return { ...part, kept: await whyEnvironmentStays(part.place) };
    case 'data':
      await rm(part.place, { recursive: true, force: true });
      return part;
    case 'settings':
      return part; // they are in the state of a host, which forgets them itself
    case 'secrets':
      await new SecretStore(secretsDir, { env }).remove(name);
      return part;
    default:
      return part.what satisfies never;
  }
}

async function whyEnvironmentStays(folder: string): Promise<string | null> {
  const removal = await removeEnvironment(folder);
  switch (removal.kind) {
    case 'removed':
      return null;
    case 'used':
      return usedBy(removal.users);
    case 'running':
      return `processes run from it (${removal.pids.join(', ')}); when they have ended: rm -r ${folder}`;
    case 'being built':
      return 'somebody builds it right now';
    default:
      return removal satisfies never;
  }
}
