import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HostError } from '../errors.ts';
import { type BuildLock, tryBuildLock, withBuildLock } from './build-lock.ts';
import type { BuildOptions } from './build-options.ts';
import { diskFullError, isDiskFull } from './failure.ts';
import { fetchTools } from './fetch-tools.ts';
import type { Machine } from './machine.ts';
import { make } from './make.ts';
import { type EnvironmentPlan, nameOf } from './plan.ts';
import { type EnvironmentRecord, lockHashOf, readBuilt, writeRecord } from './record.ts';
import { abandonedBuilds, temporaryName } from './sweep.ts';
import { recordUser } from './users.ts';

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
  if (inner !== null) await recordUser(inner.folder, join(plan.folder, 'environment.json'));
  const existing = await readBuilt(plan.folder, plan.key);
  if (existing !== null && !options.force) return builtAs(existing, plan, true);
  await fetchTools(plan, machine, options);

  const onWait = (holder: number | null) =>
    options.onProgress?.({ stage: 'wait', message: waitingFor(holder) });
  const { environmentsDir } = machine.paths;
  const { signal } = options;
  try {
    return await withBuildLock(environmentsDir, plan.key, { onWait, signal }, async () => {
      await removeAbandoned(environmentsDir, plan.key);
      const meanwhile = await readBuilt(plan.folder, plan.key);
      if (meanwhile !== null && !options.force) return builtAs(meanwhile, plan, true);
      return builtAs(await buildAndName(plan, inner, machine, options), plan, false);
    });
  } catch (error) {
    if (signal?.aborted && !(error instanceof HostError)) throw interrupted(plan);
    if (isDiskFull(error)) throw await diskFullError(nameOf(plan), environmentsDir);
    throw error;
  }
}

function waitingFor(holder: number | null): string {
  if (holder === process.pid)
    return 'waiting for another capability that needs the same environment';
  const who = holder === null ? '' : ` (pid ${holder})`;
  return `waiting for another process${who} that builds the same environment`;
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

const interrupted = (plan: EnvironmentPlan): HostError =>
  new HostError('INTERRUPTED', `${nameOf(plan)} was not built: interrupted.`);

/** Node may have moved since an environment was built for its major version; the plan knows where it is now. */
const builtAs = (
  record: EnvironmentRecord,
  { key, folder, interpreter }: EnvironmentPlan,
  reused: boolean,
): BuiltEnvironment => ({
  key,
  folder,
  record: { ...record, interpreter: interpreter.path, interpreterVersion: interpreter.version },
  reused,
});
