import { join } from 'node:path';
import { childEnvironment, environmentVariables, readBuilt } from '../environments/index.ts';
import { HostError, messageOf } from '../errors.ts';
import { workspacePaths } from '../paths.ts';
import { readAdapterManifests, type AdapterManifest } from './adapter-manifest.ts';
import { boundAdapters } from './bound-adapters.ts';
import type { CapabilityDeclaration, Workspace } from './declaration.ts';
import { didYouMean } from './did-you-mean.ts';
import { introspect } from './introspect.ts';
import { type CapstanSection, type Manifest, readManifest, writeManifest } from './manifest.ts';
import { manifestChanges } from './manifest-changes.ts';
import { adapterDocuments, regeneratedDocument } from './manifest-document.ts';
import { installedNames } from './manifests.ts';
import { recordAdapters } from './record-adapters.ts';

export interface RegenerateOptions {
  /** Only these; all that are installed when absent. */
  names?: readonly string[] | undefined;
  env: { readonly [name: string]: string | undefined };
  onProgress?: (name: string) => void;
  signal?: AbortSignal | undefined;
}

export interface RegeneratedCapability {
  name: string;
  state: 'changed' | 'unchanged' | 'failed';
  /** What its manifest says otherwise now, in sentences. */
  changes: string[];
  /** Null when it failed; the old one stands then. */
  manifest: Manifest | null;
  error: HostError | null;
}

/**
 * Looks anew at what installed capabilities offer, in the environments they have, and records it. How they
 * were installed stays as it is, with everything that somebody else wrote into their manifests. Throws
 * CAPABILITY_NOT_FOUND for a name that is neither declared nor installed.
 */
export async function regenerateManifests(
  workspace: Workspace,
  options: RegenerateOptions,
): Promise<RegeneratedCapability[]> {
  const { manifestsDir } = workspacePaths(workspace.root);
  const installed = await installedNames(manifestsDir);
  const names = options.names ?? installed;
  const declared = workspace.capabilities.map(({ name }) => name);
  for (const name of names) mustBeKnown(name, [...new Set([...declared, ...installed])], workspace);
  const reports: RegeneratedCapability[] = [];
  for (const name of new Set(names)) {
    options.onProgress?.(name);
    // oxlint-disable-next-line no-await-in-loop -- importing two large libraries at once helps nobody
    reports.push(await regenerateOrTell(name, workspace, options));
  }
  return reports;
}

async function regenerateOrTell(
  name: string,
  workspace: Workspace,
  options: RegenerateOptions,
): Promise<RegeneratedCapability> {
  try {
    const { before, after } = await regenerate(name, workspace, options);
    const changes = manifestChanges(before, after);
    const state = changes.length === 0 ? 'unchanged' : 'changed';
    return { name, state, changes, manifest: after, error: null };
  } catch (thrown) {
    const error =
      thrown instanceof HostError
        ? thrown
        : new HostError('INTERNAL', messageOf(thrown), { cause: thrown });
    if (error.code === 'INTERRUPTED') throw error;
    return { name, state: 'failed', changes: [], manifest: null, error };
  }
}

async function regenerate(
  name: string,
  workspace: Workspace,
  { env, signal }: RegenerateOptions,
): Promise<{ before: Manifest; after: Manifest }> {
  const { manifestsDir } = workspacePaths(workspace.root);
  const file = join(manifestsDir, `${name}.json`);
  const before = await readManifest(file).catch((error: unknown) => {
    throw error instanceof HostError && error.code === 'FILE_NOT_FOUND'
      ? notInstalled(name)
      : error;
  });
  const capstan = await environmentThere(name, before);
  const declaration = workspace.capabilities.find((one) => one.name === name);
  const { adapters: recorded } = await readAdapterManifests(manifestsDir);
  const { kind, path } = capstan.environment;
  const introspected = await introspect({
    name,
    command: capstan.command,
    env: childEnvironment(env, {
      declared: declaration?.environment.env ?? [],
      extra: { ...environmentVariables(kind, path, env), ...before.install.env_vars },
    }),
    module: capstan.module,
    class: capstan.class,
    adapters: adaptersOf(name, capstan, recorded),
    findAdapters: bindsWhatFits(declaration),
    code: null,
    signal,
  });
  const named = bindsWhatFits(declaration) ? null : capstan.adapters.map(({ spec }) => spec);
  const facts = {
    name,
    module: capstan.module,
    bound: boundAdapters(name, introspected.facts, { named, ofInstances: [] }),
    introspected,
    environmentKey: capstan.environment.key,
    now: new Date().toISOString(),
  };
  await recordAdapters(manifestsDir, name, adapterDocuments(facts));
  await writeManifest(file, regeneratedDocument(facts, before));
  return { before, after: await readManifest(file) };
}

const bindsWhatFits = (declaration: CapabilityDeclaration | undefined): boolean =>
  declaration === undefined || declaration.adapters === null;

/** Every adapter that it was installed with, bound or not, by `module:Class`. */
function adaptersOf(
  name: string,
  { adapters, environment }: CapstanSection,
  recorded: readonly AdapterManifest[],
): string[] {
  const own = recorded.flatMap(({ capstan }) =>
    capstan?.capability === name && capstan.environment === environment.key ? [capstan.spec] : [],
  );
  return [...new Set([...adapters.map(({ spec }) => spec), ...own])];
}

async function environmentThere(
  name: string,
  { capstan, file }: Manifest,
): Promise<CapstanSection> {
  if (capstan === null) {
    throw new HostError(
      'MANIFEST_INVALID',
      `The manifest ${file} was written by another program and does not say how to start ${name}.`,
      { hint: `Run \`capstan install ${name}\`.` },
    );
  }
  const { path, key } = capstan.environment;
  if ((await readBuilt(path, key)) !== null) return capstan;
  throw new HostError('ENV_CHANGED', `The environment of ${name} is gone or incomplete: ${path}.`, {
    hint: `Run \`capstan install ${name}\` to build it again; that describes it, too.`,
    details: { capability: name, environment: path },
  });
}

/** Throws CAPABILITY_NOT_FOUND with the nearest name. */
export function mustBeKnown(name: string, known: readonly string[], { file }: Workspace): void {
  if (known.includes(name)) return;
  throw new HostError(
    'CAPABILITY_NOT_FOUND',
    `There is no capability "${name}": ${file} does not declare it, and it has no manifest.`,
    {
      hint: didYouMean(name, known) ?? 'Nothing is declared, and nothing is installed.',
      details: { capability: name, known },
    },
  );
}

const notInstalled = (name: string): HostError =>
  new HostError('CAPABILITY_NOT_INSTALLED', `${name} is declared but not installed.`, {
    hint: `Run \`capstan install ${name}\`; that describes it, too.`,
    details: { capability: name },
  });
