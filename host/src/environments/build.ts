import { glob, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HostError } from '../errors.ts';
import { type BuildLock, tryBuildLock, withBuildLock } from './build-lock.ts';
import { diskFullError, failureOf, isDiskFull } from './failure.ts';
import { isExecutable, type Machine } from './machine.ts';
import { prepareNpm } from './npm.ts';
import { preparePython } from './python.ts';
import type { CommandPlan, EnvironmentPlan, NpmPlan, PythonPlan } from './plan.ts';
import {
  type EnvironmentRecord,
  lockHashOf,
  npmLock,
  pythonLock,
  readRecord,
  writeRecord,
} from './record.ts';
import { relocate, sitePackagesOf } from './relocate.ts';
import { runTool } from './run-tool.ts';
import { copyNodeSdk, copyPythonSdk } from './sdk.ts';
import type { Step } from './steps.ts';
import { abandonedBuilds, temporaryName } from './sweep.ts';
import { installUv } from './uv.ts';
import { buildVariables } from './variables.ts';

/**
 * Building. An environment is made in a temporary folder beside its place and gets its name by one rename,
 * as the last thing that happens; so what has the name is whole. One builder at a time holds the lock of
 * the key, which the operating system frees if it dies; its half-made folder is then nobody's, and the next
 * builder removes it.
 */
export interface BuiltEnvironment {
  key: string;
  folder: string;
  record: EnvironmentRecord;
  /** True when it was there already, or another process built it while we waited. */
  reused: boolean;
}

export interface BuildOptions {
  /** The line the package manager is at, or what is being waited for. */
  onProgress?: (progress: { stage: 'wait' | 'build'; message: string }) => void;
  signal?: AbortSignal | undefined;
  /** Build again even when it is there. Code that was copied into it stays. */
  force?: boolean;
}

/**
 * Builds what a plan describes, or finds it built. Throws `ENV_BUILD_FAILED`, `ENV_UNSOLVABLE`,
 * `ENV_DISK_FULL` or `INTERRUPTED`, and then nothing of the attempt is left.
 */
export async function buildEnvironment(
  plan: EnvironmentPlan,
  machine: Machine,
  options: BuildOptions = {},
): Promise<BuiltEnvironment> {
  const inner =
    plan.kind === 'command' && plan.inner !== null
      ? await buildEnvironment(plan.inner, machine, options)
      : null;
  const existing = await readRecord(plan.folder);
  if (existing?.key === plan.key && !options.force) return builtAs(existing, plan, true);
  if (plan.consent !== null && plan.kind === 'uv') await fetchUv(plan, machine, options);

  const onWait = (holder: number | null) =>
    options.onProgress?.({
      stage: 'wait',
      message: `waiting for another process${holder === null ? '' : ` (pid ${holder})`} that builds the same environment`,
    });
  const { environmentsDir } = machine.paths;
  const { signal } = options;
  try {
    return await withBuildLock(environmentsDir, plan.key, { onWait, signal }, async () => {
      await removeAbandoned(environmentsDir, plan.key);
      const meanwhile = await readRecord(plan.folder);
      if (meanwhile?.key === plan.key && !options.force) return builtAs(meanwhile, plan, true);
      return builtAs(await buildAndName(plan, inner, machine, options), plan, false);
    });
  } catch (error) {
    if (signal?.aborted && !(error instanceof HostError)) throw interrupted(plan);
    if (isDiskFull(error)) throw await diskFullError(nameOf(plan), environmentsDir);
    throw error;
  }
}

async function buildAndName(
  plan: EnvironmentPlan,
  inner: BuiltEnvironment | null,
  machine: Machine,
  options: BuildOptions,
): Promise<EnvironmentRecord> {
  const temp = join(machine.paths.environmentsDir, temporaryName(plan.key));
  await mkdir(join(temp, '.tmp'), { recursive: true });
  try {
    const made = await make(plan, inner, temp, machine, options);
    await rm(join(temp, '.tmp'), { recursive: true, force: true });
    const record: EnvironmentRecord = {
      kind: plan.kind,
      key: plan.key,
      interpreter: plan.interpreter.path,
      interpreterVersion: plan.interpreter.version,
      platform: machine.platform,
      requirements: plan.requirement,
      ...made,
      lockHash: lockHashOf(made.lock),
      builtAt: new Date().toISOString(),
      sdk: plan.sdk,
    };
    await writeRecord(temp, record);
    if (options.signal?.aborted) throw interrupted(plan);
    await takeName(temp, plan.folder);
    return record;
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

type Made = Pick<EnvironmentRecord, 'lock' | 'tool' | 'executable'>;

function make(
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
  await run(movedSteps(plan, temp));
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
      throw await failureOf(nameOf(plan), tool, end, machine.paths.environmentsDir);
    }
  }
}

/** The rename. An older environment of that name, if any, hands over the code copied into it. */
async function takeName(temp: string, folder: string): Promise<void> {
  const old = `${temp}.old`;
  const replaced = await rename(folder, old).then(
    () => true,
    () => false,
  );
  if (replaced) await rename(join(old, 'code'), join(temp, 'code')).catch(() => {});
  await rename(temp, folder);
  if (replaced) await rm(old, { recursive: true, force: true });
}

/** Removes what dead builders left: ours to remove where we hold the key's lock or can have it at once. */
async function removeAbandoned(environmentsDir: string, ownKey: string): Promise<void> {
  for (const { path, key } of await abandonedBuilds(environmentsDir)) {
    const lock: BuildLock | 'ours' | null =
      key === ownKey ? 'ours' : tryBuildLock(environmentsDir, key);
    // oxlint-disable-next-line no-await-in-loop -- rare, and each under its own lock
    if (lock !== null) await rm(path, { recursive: true, force: true });
    if (lock !== null && lock !== 'ours') lock.release();
  }
}

async function fetchUv(plan: PythonPlan, machine: Machine, options: BuildOptions): Promise<void> {
  await installUv(machine, plan.python, {
    signal: options.signal,
    onLine: (message) => options.onProgress?.({ stage: 'build', message }),
  });
}

/** How messages call an environment: by its kind and what it was asked to hold. */
function nameOf({ kind, packages }: EnvironmentPlan): string {
  const shown = packages.slice(0, 4).join(', ') + (packages.length > 4 ? ', …' : '');
  return `The ${kind} environment${shown === '' ? '' : ` (${shown})`}`;
}

const interrupted = (plan: EnvironmentPlan): HostError =>
  new HostError('INTERRUPTED', `The build of ${nameOf(plan)} was interrupted.`);

const builtAs = (
  record: EnvironmentRecord,
  plan: EnvironmentPlan,
  reused: boolean,
): BuiltEnvironment => ({ key: plan.key, folder: plan.folder, record, reused });

/** What starts a worker in an environment; the host appends nothing, everything else goes over stdin. */
export function workerCommand(
  kind: EnvironmentRecord['kind'],
  folder: string,
  machine: Machine,
): string[] {
  switch (kind) {
    case 'npm':
      return [machine.node.path, join(folder, 'node_modules/@capstan/worker/src/main.js')];
    case 'uv':
    case 'venv':
      return [join(folder, 'bin', 'python'), '-I', '-m', 'capstan_worker'];
    case 'command':
      return [machine.node.path, machine.sdk.nodeMain];
    default:
      return kind satisfies never;
  }
}
