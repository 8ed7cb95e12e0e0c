import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HostError } from '../errors.ts';
import { type BuildLock, tryBuildLock, withBuildLock } from './build-lock.ts';
import type { BuildOptions } from './build-options.ts';
import { isCondaKind } from './conda/kinds.ts';
import { diskFullError, isDiskFull } from './failure.ts';
import { fetchTools } from './fetch-tools.ts';
import type { Machine } from './machine.ts';
import { type Made, make } from './make.ts';
import { type CondaPlan, type EnvironmentPlan, nameOf } from './plan.ts';
import {
  type EnvironmentRecord,
  lockHashOf,
  readBuilt,
  readRecord,
  writeRecord,
} from './record.ts';
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
      const record = isCondaPlan(plan)
        ? await buildInPlace(plan, machine, options)
        : await buildAndName(plan, inner, machine, options);
      return builtAs(record, plan, false);
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
    const record = recordOf(plan, made, machine);
    await writeRecord(temp, record);
    if (options.signal?.aborted) throw interrupted(plan);
    await takeName(temp, plan.folder);
    return record;
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

const recordOf = (plan: EnvironmentPlan, made: Made, machine: Machine): EnvironmentRecord => ({
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
});

/**
 * Conda packages carry the path they are installed to, so their environment is built under its final name. Here
 * the rule is: what has the *record* is whole. It is written last; a folder without one is nobody's, and goes
 * before the next build. What was there before waits under another name, and comes back if this fails.
 */
async function buildInPlace(
  plan: CondaPlan,
  machine: Machine,
  options: BuildOptions,
): Promise<EnvironmentRecord> {
  const { folder } = plan;
  const temp = join(machine.paths.environmentsDir, temporaryName(plan.key));
  const earlier = `${temp}.old`;
  const hadEarlier = (await readRecord(folder)) !== null;
  if (hadEarlier) await rename(folder, earlier);
  else await rm(folder, { recursive: true, force: true });
  await mkdir(join(temp, '.tmp'), { recursive: true });
  try {
    const record = recordOf(plan, await make(plan, null, temp, machine, options), machine);
    if (options.signal?.aborted) throw interrupted(plan);
    if (hadEarlier) await rename(join(earlier, 'code'), join(folder, 'code')).catch(() => {});
    await writeRecord(folder, record);
    await rm(earlier, { recursive: true, force: true });
    return record;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    if (hadEarlier) await rename(earlier, folder);
    throw error;
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

const isCondaPlan = (plan: EnvironmentPlan): plan is CondaPlan => isCondaKind(plan.kind);

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
    if (lock === 'ours' && (await putBack(path, join(environmentsDir, key)))) continue;
    // oxlint-disable-next-line no-await-in-loop
    if (lock !== null) await rm(path, { recursive: true, force: true });
    if (lock !== null && lock !== 'ours') lock.release();
  }
}

/** A whole environment whose successor's builder died before it was done. */
async function putBack(path: string, folder: string): Promise<boolean> {
  if (!path.endsWith('.old') || (await readRecord(folder)) !== null) return false;
  if ((await readRecord(path)) === null) return false;
  await rm(folder, { recursive: true, force: true });
  await rename(path, folder);
  return true;
}

const interrupted = (plan: EnvironmentPlan): HostError =>
  new HostError('INTERRUPTED', `${nameOf(plan)} was not built: interrupted.`);

/** Node may have moved since an environment was built for its major version; the plan knows where it is now. */
const builtAs = (
  record: EnvironmentRecord,
  { kind, key, folder, interpreter }: EnvironmentPlan,
  reused: boolean,
): BuiltEnvironment => {
  const { path, version } = interpreter;
  // Which Python a solver of conda packages chose, only the record knows.
  const interpreterVersion = isCondaKind(kind) ? record.interpreterVersion : version;
  return { key, folder, record: { ...record, interpreter: path, interpreterVersion }, reused };
};
