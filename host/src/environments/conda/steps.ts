import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyPackages, placeOfPackage } from '../local-packages.ts';
import type { CondaRequirement } from '../requirement.ts';
import type { Step } from '../steps.ts';
import { prefixOf, pythonOf } from './kinds.ts';
import { pixiManifest } from './pixi-manifest.ts';
import { condaSpecs, wantsPip } from './specs.ts';

/**
 * The commands that build an environment of conda packages lying in `folder`. Channels are always named, so
 * that the user's own configuration cannot make two machines build two things. `create` with a list of
 * specs is the one form that every conda since 4.3, mamba 1 and 2 and micromamba understand.
 */
export function condaSteps(requirement: CondaRequirement, tool: string, folder: string): Step[] {
  const steps = requirement.kind === 'pixi' ? pixiSteps : createSteps;
  return [...steps(requirement, tool, folder), ...pipSteps(requirement, folder)];
}

function createSteps(requirement: CondaRequirement, tool: string, folder: string): Step[] {
  const { kind, lock } = requirement;
  const create = [tool, 'create', '--yes', '--prefix', prefixOf(kind, folder)];
  const wanted =
    lock === null
      ? [...channelOptions(requirement), ...condaSpecs(requirement)]
      : ['--file', join(folder, lockFile)];
  return [{ tool: kind, command: [...create, ...wanted] }];
}

export const channelOptions = ({ channels }: CondaRequirement): string[] => [
  '--override-channels',
  ...channels.flatMap((channel) => ['--channel', channel]),
];

function pixiSteps({ kind, lock }: CondaRequirement, tool: string, folder: string): Step[] {
  const exact = lock === null ? [] : ['--locked'];
  const manifest = ['--manifest-path', join(folder, 'pixi.toml')];
  return [{ tool: kind, command: [tool, 'install', ...manifest, ...exact] }];
}

/** Packages from PyPI go in last, by the environment's own pip, as conda itself does it. */
function pipSteps(requirement: CondaRequirement, folder: string): Step[] {
  if (!wantsPip(requirement)) return [];
  const { kind, requirements, constraints, files } = requirement;
  const options = ['--disable-pip-version-check', '--no-input', '--prefer-binary'];
  const wanted = [
    ...(requirements.length === 0 ? [] : ['-r', join(folder, 'requirements.txt')]),
    ...(constraints.length === 0 ? [] : ['-c', join(folder, 'constraints.txt')]),
    ...files.map((file) => join(folder, placeOfPackage(file))),
  ];
  const pip = [pythonOf(kind, folder), '-I', '-m', 'pip', 'install', ...options];
  return [{ tool: 'pip', command: [...pip, '--no-warn-script-location', ...wanted] }];
}

/** An explicit list of package files; its name must end so for micromamba to take it as one. */
const lockFile = 'explicit.txt';

/**
 * Writes what the commands read into `folder`. For conda that is a folder beside the prefix, which conda
 * wants to make itself; for pixi it is the project around the prefix.
 */
export async function prepareConda(requirement: CondaRequirement, folder: string): Promise<void> {
  const { kind, requirements, constraints, lock, manifest } = requirement;
  const files: { [name: string]: string | null } = {
    'requirements.txt': requirements.length === 0 ? null : lines(requirements),
    'constraints.txt': constraints.length === 0 ? null : lines(constraints),
    [kind === 'pixi' ? 'pixi.lock' : lockFile]: lock,
    'pixi.toml': kind === 'pixi' ? (manifest ?? pixiManifest(requirement)) : null,
  };
  if (kind === 'pixi') {
    // A user's own setting may send environments to a folder elsewhere; this one stays with its project.
    await mkdir(join(folder, '.pixi'), { recursive: true });
    await writeFile(join(folder, '.pixi', 'config.toml'), 'detached-environments = false\n');
  }
  for (const [name, text] of Object.entries(files)) {
    // oxlint-disable-next-line no-await-in-loop -- four small files
    if (text !== null) await writeFile(join(folder, name), text);
  }
  await copyPackages(requirement.files, folder);
}

const lines = (all: readonly string[]): string => `${all.join('\n')}\n`;
