import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostError } from '../../errors.ts';
import { isExecutable, type Machine } from '../machine.ts';
import { type CondaPlan, nameOf } from '../plan.ts';
import type { EnvironmentRecord } from '../record.ts';
import { sitePackagesOf } from '../relocate.ts';
import { copyPythonSdk } from '../sdk.ts';
import type { Step } from '../steps.ts';
import { condaLock, explicitFile } from './installed.ts';
import { type CondaKind, prefixOf, pythonOf } from './kinds.ts';
import { pipPackages } from './pip-packages.ts';
import { prepareConda } from './steps.ts';

type Made = Pick<EnvironmentRecord, 'lock' | 'tool' | 'executable' | 'interpreterVersion'>;

/** Fills the environment's own folder, since conda packages cannot be moved afterwards. */
export async function makeConda(
  plan: CondaPlan,
  machine: Machine,
  temp: string,
  run: (steps: readonly Step[]) => Promise<void>,
): Promise<Made> {
  const { kind, folder } = plan;
  // Conda refuses a folder that is not its own, so what its commands read lies elsewhere; pixi needs the folder.
  const beside = kind === 'pixi' ? folder : temp;
  await mkdir(beside, { recursive: true });
  await prepareConda(plan.requirement, beside);
  await run(plan.steps.map((step) => readingFrom(beside, step, folder)));
  const python = pythonOf(kind, folder);
  if (!(await isExecutable(python))) throw lacksPython(plan);
  const interpreterVersion = await machine.versionOf(python);
  if (interpreterVersion === null) throw lacksPython(plan);
  const lock = await lockOf(kind, folder);
  const prefix = prefixOf(kind, folder);
  await writeFile(join(folder, 'explicit.txt'), explicitFile(await condaLock(prefix)));
  const sites = await sitePackagesOf(prefix);
  await copyPythonSdk(machine.sdk, sites);
  const compile = [python, '-I', '-m', 'compileall', '-q', join(sites, 'capstan_worker')];
  await run([{ tool: 'python', command: compile }]);
  return { lock, tool: `${kind} ${plan.tool.version}`, executable: null, interpreterVersion };
}

/** Conda's packages by address and checksum, then those that pip installed. */
export async function lockOf(kind: CondaKind, folder: string): Promise<string[]> {
  const prefix = prefixOf(kind, folder);
  return [...(await condaLock(prefix)), ...(await pipPackages(pythonOf(kind, folder), prefix))];
}

/** The plan shows the final folder; the files that its commands read lie beside it while they run. */
const readingFrom = (beside: string, { tool, command }: Step, folder: string): Step => ({
  tool,
  command: command.map((part) =>
    part.startsWith(`${folder}/`) && !/^(bin|\.pixi)\//.test(part.slice(folder.length + 1))
      ? join(beside, part.slice(folder.length + 1))
      : part,
  ),
});

const lacksPython = (plan: CondaPlan): HostError =>
  new HostError('ENV_BUILD_FAILED', `${nameOf(plan)} was installed, but has no Python that runs.`, {
    hint: 'Add `python` to its dependencies: a capability runs on the Python of its own environment.',
  });
