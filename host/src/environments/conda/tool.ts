import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { HostError } from '../../errors.ts';
import { isExecutable, type Machine } from '../machine.ts';
import type { CondaRequirement } from '../requirement.ts';
import type { CondaKind } from './kinds.ts';

export interface CondaTool {
  path: string;
  version: string;
}

/**
 * The program that builds environments of a kind: the one `capstan.yaml` names, one in the workspace's own
 * `.capstan/tools`, one on the PATH, one that a shell was told about, or one where its installer puts it.
 * Nothing is downloaded: no registry that Capstan can verify carries these programs.
 */
export async function findCondaTool(
  { kind, tool, toolsDir }: Pick<CondaRequirement, 'kind' | 'tool' | 'toolsDir'>,
  machine: Machine,
): Promise<CondaTool> {
  if (tool !== null) return declaredTool(kind, tool, machine);
  const tried: string[] = [];
  for (const path of await candidates(kind, toolsDir, machine)) {
    // oxlint-disable-next-line no-await-in-loop -- the first one that runs counts
    const version = await machine.versionOf(path);
    if (version !== null) return { path, version };
    // oxlint-disable-next-line no-await-in-loop
    if (await isExecutable(path)) tried.push(path);
  }
  const broken =
    tried.length === 0 ? 'which was not found' : `and ${tried.join(', ')} does not run`;
  throw new HostError('ENV_TOOL_MISSING', `This environment needs ${kind}, ${broken}.`, {
    hint:
      `Install ${kind} so that it is on the PATH, put its program at ` +
      `${join(toolsDir, kind)}, or name it with \`tool:\` in capstan.yaml.`,
    details: { kind, tried },
  });
}

async function declaredTool(kind: CondaKind, tool: string, machine: Machine): Promise<CondaTool> {
  const path = tool.includes('/') ? tool : await machine.which(tool);
  const version = path === null ? null : await machine.versionOf(path);
  if (path !== null && version !== null) return { path, version };
  const isThere = path !== null && (await isExecutable(path));
  const what = isThere
    ? `${path}, which does not answer to --version`
    : `${tool}, which is not a program on this machine`;
  throw new HostError('ENV_TOOL_MISSING', `capstan.yaml names ${what}.`, {
    hint: `Correct \`tool:\`, or leave it out to use the ${kind} on the PATH.`,
    details: { kind, tool },
  });
}

/** A shell's `conda` is often a function, not a program; it leaves the program's path in a variable. */
const told: { readonly [kind in CondaKind]: string } = {
  conda: 'CONDA_EXE',
  mamba: 'MAMBA_EXE',
  micromamba: 'MAMBA_EXE',
  pixi: 'PIXI_EXE',
};

const installations = ['miniforge3', 'mambaforge', 'miniconda3', 'anaconda3'];

async function candidates(kind: CondaKind, toolsDir: string, machine: Machine): Promise<string[]> {
  const { env } = machine;
  const home = env['HOME'] || homedir();
  const said = env[told[kind]];
  const onPath = await machine.which(kind);
  const bases = [...installations.map((name) => join(home, name)), '/opt/conda', '/opt/miniforge3'];
  return [
    ...(await inWorkspace(kind, toolsDir)),
    ...(onPath === null ? [] : [onPath]),
    ...(said !== undefined && basename(said) === kind ? [said] : []),
    ...(kind === 'pixi' ? [join(home, '.pixi', 'bin', 'pixi')] : []),
    ...(kind === 'micromamba' ? [join(home, '.local', 'bin', 'micromamba')] : []),
    ...(kind === 'conda' || kind === 'mamba' ? bases.map((base) => join(base, 'bin', kind)) : []),
  ];
}

/** `.capstan/tools/micromamba`, or the same in a folder of its own, as archives unpack. */
async function inWorkspace(kind: CondaKind, toolsDir: string): Promise<string[]> {
  const names = await readdir(toolsDir).catch(() => []);
  const folders = names.filter((name) => name === kind || name.startsWith(`${kind}-`));
  return [
    join(toolsDir, kind),
    join(toolsDir, 'bin', kind),
    ...folders.flatMap((name) => [join(toolsDir, name, 'bin', kind), join(toolsDir, name, kind)]),
  ].filter((path, index, all) => all.indexOf(path) === index);
}
