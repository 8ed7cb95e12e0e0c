import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { HostError } from '../errors.ts';
import type { BuildOptions } from './build-options.ts';
import type { BuiltEnvironment } from './build.ts';
import { makeConda } from './conda/make.ts';
import { failureOf } from './failure.ts';
import { isExecutable, type Machine } from './machine.ts';
import { checkAllowed, prepareNpm } from './npm.ts';
import {
  type CommandPlan,
  type EnvironmentPlan,
  type NpmPlan,
  nameOf,
  type PythonPlan,
} from './plan.ts';
import { preparePython } from './python.ts';
import { type EnvironmentRecord, npmLock, pythonLock } from './record.ts';
import { relocate, sitePackagesOf } from './relocate.ts';
import { runTool, type ToolEnd } from './run-tool.ts';
import { copyNodeSdk, copyPythonSdk } from './sdk.ts';
import type { Step } from './steps.ts';
import { buildVariables } from './variables.ts';

export type Made = Pick<EnvironmentRecord, 'lock' | 'tool' | 'executable'> &
  Partial<Pick<EnvironmentRecord, 'interpreterVersion'>>;

/** Fills the temporary folder, as the kind of the plan demands. */
export function make(
  plan: EnvironmentPlan,
  inner: BuiltEnvironment | null,
  temp: string,
  machine: Machine,
  options: BuildOptions,
): Promise<Made> {
  const run = (steps: readonly Step[]) => runSteps(plan, steps, temp, machine, options);
  switch (plan.kind) {
    case 'npm':
      return makeNpm(plan, temp, machine, run);
    case 'uv':
    case 'venv':
      return makePython(plan, temp, machine, run);
    case 'conda':
    case 'mamba':
    case 'micromamba':
    case 'pixi':
      return makeConda(plan, machine, temp, run);
    case 'command':
      return makeCommand(plan, inner);
    default:
      return plan satisfies never;
  }
}

type RunSteps = (steps: readonly Step[]) => Promise<void>;

async function makeNpm(
  plan: NpmPlan,
  temp: string,
  machine: Machine,
  run: RunSteps,
): Promise<Made> {
  await prepareNpm(plan.requirement, temp);
  const [install, ...scripts] = movedSteps(plan, temp);
  if (install !== undefined) await run([install]);
  await checkAllowed(plan.requirement, temp);
  await run(scripts);
  const lock = await npmLock(temp);
  await copyNodeSdk(machine.sdk, join(temp, 'node_modules'));
  return { lock, tool: plan.npm === null ? '' : `npm ${plan.npm.version}`, executable: null };
}

async function makePython(
  plan: PythonPlan,
  temp: string,
  machine: Machine,
  run: RunSteps,
): Promise<Made> {
  await preparePython(plan.requirement, temp);
  await run(movedSteps(plan, temp));
  const python = join(temp, 'bin', 'python');
  const lock = await pythonLock(python);
  const sites = await sitePackagesOf(temp);
  await copyPythonSdk(machine.sdk, sites);
  const compile = [python, '-I', '-m', 'compileall', '-q', join(sites, 'capstan_worker')];
  await run([{ tool: 'python', command: compile }]);
  await relocate(temp, temp, plan.folder);
  const { installer } = plan;
  const tool = installer.kind === 'ensurepip' ? 'pip' : `${installer.kind} ${installer.version}`;
  return { lock, tool, executable: null };
}

async function makeCommand(plan: CommandPlan, inner: BuiltEnvironment | null): Promise<Made> {
  if (inner === null || plan.requirement.package === null) {
    return { lock: [], tool: '', executable: null };
  }
  const pattern = plan.requirement.package.path;
  for await (const found of glob(pattern, { cwd: inner.folder })) {
    const path = join(inner.folder, found);
    if (await isExecutable(path)) return { lock: inner.record.lock, tool: '', executable: path };
  }
  throw new HostError(
    'ENV_BUILD_FAILED',
    `${nameOf(plan)} was installed, but nothing in it that can be run matches ${pattern}.`,
    { hint: `Look below ${inner.folder} and correct \`package.path\` in capstan.yaml.` },
  );
}

/** The plan names the final folder, because that is what it shows; what runs now works on the temporary one. */
const movedSteps = (plan: EnvironmentPlan, temp: string): Step[] =>
  plan.steps.map(({ tool, command }) => ({
    tool,
    command: command.map((part) => part.replace(plan.folder, temp)),
  }));

async function runSteps(
  plan: EnvironmentPlan,
  steps: readonly Step[],
  temp: string,
  machine: Machine,
  { onProgress, signal }: BuildOptions,
): Promise<void> {
  for (const { tool, command } of steps) {
    // oxlint-disable-next-line no-await-in-loop -- each step needs the one before
    const end = await runTool({
      command,
      cwd: temp,
      env: buildVariables(machine.env, join(temp, '.tmp')),
      signal,
      onLine: (line) => onProgress?.({ stage: 'build', message: line }),
    });
    if (end.kind !== 'exited' || end.code !== 0) {
      // oxlint-disable-next-line no-await-in-loop
      throw await failureOf(nameOf(plan), tool, named(end, temp), machine.paths.environmentsDir);
    }
  }
}

/** The temporary folder is gone when its name is read; what lay in it is named without it. */
const named = (end: ToolEnd, temp: string): ToolEnd => ({
  ...end,
  lines: end.lines.map((line) => line.replaceAll(`${temp}/`, '')),
});
