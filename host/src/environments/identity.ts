import { join } from 'node:path';
import { sha256Hex } from './content-hash.ts';
import type { Machine } from './machine.ts';
import { readBuilt } from './record.ts';
import type { EnvironmentKind, EnvironmentRequirement } from './requirement.ts';
import type { SdkIdentity } from './sdk.ts';

/** Everything that makes two environments the same one, and nothing else (no paths, no times). */
export async function placeOf(
  kind: EnvironmentKind,
  requirement: EnvironmentRequirement,
  interpreter: string,
  sdk: SdkIdentity | null,
  machine: Machine,
): Promise<{ key: string; folder: string; isBuilt: boolean }> {
  const hash = sha256Hex(
    JSON.stringify({
      kind,
      requirement: requirementIdentity(requirement),
      interpreter,
      platform: machine.platform,
      sdk: sdk === null ? null : [sdk.version, sdk.sha256],
    }),
  );
  const key = `${kind}-${hash.slice(0, 32)}`;
  const folder = join(machine.paths.environmentsDir, key);
  return { key, folder, isBuilt: (await readBuilt(folder, key)) !== null };
}

/**
 * A requirement as plain data in one order. Lists of packages are sets, so the order they were written in
 * is no difference; local packages count by content.
 */
export function requirementIdentity(requirement: EnvironmentRequirement): unknown {
  switch (requirement.kind) {
    case 'npm': {
      const { packages, files, packageJson, lock, allowScripts = [] } = requirement;
      const plain = { packages: packages.toSorted(), files: contents(files), packageJson, lock };
      // Without scripts an environment is the one that it was before there were any.
      return allowScripts.length === 0
        ? plain
        : { ...plain, allowScripts: allowScripts.toSorted() };
    }
    case 'uv':
    case 'venv': {
      const { python, requirements, constraints, files, lock, ignoreRequiresPython } = requirement;
      return {
        python,
        requirements: requirements.toSorted(),
        constraints: constraints.toSorted(),
        files: contents(files),
        lock,
        // most do not say so, and keep the key that they had
        ...(ignoreRequiresPython === true ? { ignoreRequiresPython } : {}),
      };
    }
    case 'conda':
    case 'mamba':
    case 'micromamba':
    case 'pixi': {
      const { python, channels, packages, requirements, constraints, manifest, lock } = requirement;
      return {
        python,
        channels,
        packages: packages.toSorted(),
        requirements: requirements.toSorted(),
        constraints: constraints.toSorted(),
        files: contents(requirement.files),
        manifest,
        lock,
      };
    }
    case 'command': {
      const wanted = requirement.package;
      if (wanted === null) return null;
      return {
        path: wanted.path,
        kind: wanted.requirement.kind,
        of: requirementIdentity(wanted.requirement),
      };
    }
    default:
      return requirement satisfies never;
  }
}

const contents = (files: readonly { sha256: string }[]): string[] =>
  files.map(({ sha256 }) => sha256).toSorted();
