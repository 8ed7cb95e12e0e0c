import { join } from 'node:path';
import {
  buildEnvironment,
  type BuiltEnvironment,
  type ConsentQuestion,
  type EnvironmentPlan,
  Machine,
  recordUser,
} from '../environments/index.ts';
import { defaults } from '../defaults.ts';
import { HostError } from '../errors.ts';
import { type MachinePaths, workspacePaths } from '../paths.ts';
import { askConsent, type Tell } from './consent.ts';
import type { CapabilityDeclaration, Workspace } from './declaration.ts';
import { asInstallError } from './disk-error.ts';
import { earlierManifest, installInto, isUnchanged } from './install-one.ts';
import type { Manifest } from './manifest.ts';
import { didYouMean } from './did-you-mean.ts';
import { type Prepared, prepare } from './prepare.ts';

export interface InstallEvent {
  capability: string;
  stage: 'plan' | 'wait' | 'build' | 'snapshot' | 'introspect' | 'done' | 'failed';
  /** What is happening now, often a line of the package manager's own. */
  message: string;
  fraction?: number;
}

export interface InstallOptions {
  /** Only these; all when absent. */
  names?: readonly string[] | undefined;
  /** Say what would be done and stop. */
  dryRun?: boolean;
  /** Build and introspect again even where nothing changed. */
  force?: boolean;
  /** Asked at most once per question, before anything is built. */
  consent: (question: ConsentQuestion) => Promise<boolean>;
  onProgress: (event: InstallEvent) => void;
  paths: Pick<MachinePaths, 'environmentsDir' | 'toolsDir'>;
  env: { readonly [name: string]: string | undefined };
  signal?: AbortSignal | undefined;
}

export interface CapabilityReport {
  name: string;
  /** `planned` only in a dry run. */
  state: 'planned' | 'installed' | 'unchanged' | 'failed';
  /** Null when not even a plan could be made. */
  plan: EnvironmentPlan | null;
  manifest: Manifest | null;
  error: HostError | null;
}

export interface InstallReport {
  /** In the order of `capstan.yaml`. */
  capabilities: CapabilityReport[];
}

/**
 * Installs the declared capabilities: plan all, build each environment once, then copy, introspect and
 * record each capability. One that fails leaves the others alone, and what it had before stays. Throws
 * `CAPABILITY_NOT_FOUND` for a name that is not declared and `INTERRUPTED` when the signal fires.
 */
export async function installCapabilities(
  workspace: Workspace,
  options: InstallOptions,
): Promise<InstallReport> {
  const chosen = choose(workspace, options.names);
  const machine = new Machine(options.env, options.paths);
  const reports = new Map<string, CapabilityReport>();
  const planned = await planAll(chosen, workspace, machine, options, reports);
  const todo: Prepared[] = [];
  for (const prepared of planned) {
    const { name } = prepared.declaration;
    const file = join(workspacePaths(workspace.root).manifestsDir, `${name}.json`);
    // oxlint-disable-next-line no-await-in-loop -- small files
    const manifest = await earlierManifest(file);
    const { plan } = prepared;
    // oxlint-disable-next-line no-await-in-loop
    if (!options.force && (await isUnchanged(manifest, prepared, machine))) {
      // oxlint-disable-next-line no-await-in-loop -- an earlier version may have left no note
      await recordUser(plan.folder, file);
      reports.set(name, { name, state: 'unchanged', plan, manifest, error: null });
      options.onProgress({ capability: name, stage: 'done', message: 'nothing has changed' });
    } else if (options.dryRun) {
      reports.set(name, { name, state: 'planned', plan, manifest, error: null });
    } else {
      todo.push(prepared);
    }
  }
  await installAll(await askConsent(todo, machine, options), workspace, machine, options, reports);
  if (options.signal?.aborted) {
    throw new HostError('INTERRUPTED', 'The installation was interrupted.', {
      hint: 'Run `capstan install` again; what was finished is kept.',
    });
  }
  return { capabilities: chosen.flatMap(({ name }) => reports.get(name) ?? []) };
}

function choose(
  { capabilities, file }: Workspace,
  names: readonly string[] | undefined,
): CapabilityDeclaration[] {
  if (names === undefined || names.length === 0) return capabilities;
  const known = capabilities.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new HostError('CAPABILITY_NOT_FOUND', `${file} declares no capability "${name}".`, {
      hint: didYouMean(name, known) ?? 'It declares none at all.',
      details: { name, known },
    });
  }
  return capabilities.filter(({ name }) => names.includes(name));
}

async function planAll(
  chosen: readonly CapabilityDeclaration[],
  workspace: Workspace,
  machine: Machine,
  options: InstallOptions,
  reports: Reports,
): Promise<Prepared[]> {
  const planned: Prepared[] = [];
  for (const declaration of chosen) {
    const { name } = declaration;
    options.onProgress({ capability: name, stage: 'plan', message: 'planning its environment' });
    try {
      // oxlint-disable-next-line no-await-in-loop -- the first one asks the machine, the others reuse it
      planned.push(await prepare(declaration, workspace, machine));
    } catch (error) {
      // oxlint-disable-next-line no-await-in-loop
      await fail(name, null, error, options, reports);
    }
  }
  return planned;
}

type Reports = Map<string, CapabilityReport>;

async function installAll(
  todo: readonly Prepared[],
  workspace: Workspace,
  machine: Machine,
  options: InstallOptions,
  reports: Reports,
): Promise<void> {
  const groups = [...Map.groupBy(todo, ({ plan }) => plan.key).values()];
  const lane = async () => {
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      // oxlint-disable-next-line no-await-in-loop -- a lane builds one environment after another
      await installGroup(group, workspace, machine, options, reports);
    }
  };
  await Promise.all(Array.from({ length: defaults.buildLanes }, lane));
}

/** Capabilities that share an environment: it is built once, and each goes into it on its own. */
async function installGroup(
  group: readonly Prepared[],
  workspace: Workspace,
  machine: Machine,
  options: InstallOptions,
  reports: Reports,
): Promise<void> {
  const built = await buildFor(group, machine, options, reports);
  if (built === null) return;
  for (const prepared of group) {
    const { declaration, plan } = prepared;
    const { name } = declaration;
    const tell: Tell = (stage, message) => options.onProgress({ capability: name, stage, message });
    try {
      const { signal } = options;
      const into = { root: workspace.root, machine, onStage: tell, signal };
      // oxlint-disable-next-line no-await-in-loop -- importing two large libraries at once helps nobody
      const manifest = await installInto(built, prepared, into);
      reports.set(name, { name, state: 'installed', plan, manifest, error: null });
      tell('done', built.reused ? 'installed; its environment was there already' : 'installed');
    } catch (error) {
      // oxlint-disable-next-line no-await-in-loop
      await fail(name, plan, error, options, reports);
    }
  }
}

async function buildFor(
  group: readonly Prepared[],
  machine: Machine,
  options: InstallOptions,
  reports: Reports,
): Promise<BuiltEnvironment | null> {
  const [first] = group;
  if (first === undefined) return null;
  try {
    return await buildEnvironment(first.plan, machine, {
      signal: options.signal,
      force: options.force ?? false,
      onProgress: ({ stage, message }) => {
        const { name: builder } = first.declaration;
        options.onProgress({ capability: builder, stage, message });
        for (const { declaration } of group.slice(1)) {
          const waits = `waits for the environment it shares with ${builder}`;
          options.onProgress({ capability: declaration.name, stage: 'wait', message: waits });
        }
      },
    });
  } catch (error) {
    for (const { declaration, plan } of group) {
      // oxlint-disable-next-line no-await-in-loop
      await fail(declaration.name, plan, error, options, reports);
    }
    return null;
  }
}

async function fail(
  name: string,
  plan: EnvironmentPlan | null,
  thrown: unknown,
  options: InstallOptions,
  reports: Reports,
): Promise<void> {
  const error = await asInstallError(name, thrown, options.paths.environmentsDir);
  reports.set(name, { name, state: 'failed', plan, manifest: null, error });
  options.onProgress({ capability: name, stage: 'failed', message: error.message });
}
