import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionDescription, JsonObject, JsonSchema, TracebackPolicy } from '@capstan/protocol';
import { childEnvironment, environmentVariables } from '../environments/index.ts';
import { HostError, messageOf } from '../errors.ts';
import { workspacePaths } from '../paths.ts';
import { type AdapterManifest, readAdapterManifests } from './adapter-manifest.ts';
import { bindable, chosenAdapters, type OfferedAdapter, offeredTo } from './adapters.ts';
import { dialectOf } from './cjm/command.ts';
import { foreignSection } from './cjm/foreign.ts';
import { configError } from './config/index.ts';
import type { CapabilityDeclaration, DeclaredInstance, Workspace } from './declaration.ts';
import { type CapstanSection, type Manifest, readManifest } from './manifest.ts';
import type { Needs } from './needs.ts';
import { missingPart } from './presence.ts';
import { tracebacksIn } from './tracebacks.ts';
import type { Dialect } from './schema.ts';
import { type EnvVarSpec, envVarSpecs } from './worker-env.ts';

/** A capability that is ready to be started: everything a worker needs, and everything it offers. */
export interface InstalledCapability {
  name: string;
  manifest: Manifest;
  dialect: Dialect;
  /** As declared; `effectiveConfig` says what follows from it. */
  config: JsonObject;
  /** Of its settings; undefined where it declares none, and takes any. */
  configSchema: JsonSchema | undefined;
  lenient: boolean;
  /** `module:Class` of each adapter to bind. */
  adapters: string[];
  /** All adapters of its environment, those that do not fit included; `withAdapters` binds just some of them. */
  offered: OfferedAdapter[];
  idleMs: number;
  silenceMs: number;
  slots: number;
  /** As declared: a first guess of what its calls need. */
  needs?: Needs | undefined;
  /** A worker that starts is compared with its manifest. */
  examinesDrift: boolean;
  /** What of its own exceptions leaves its worker; all of them unless said. */
  tracebacks?: TracebackPolicy;
  /** Further instances that `capstan.yaml` declares. */
  instances: DeclaredInstance[];
  /** Variables its worker wants, as its author declared them. */
  workerEnv: EnvVarSpec[];
  /** Of the environment it was installed into. */
  lockHash: string;
  /** What it was installed with. */
  sdk: { name: string; version: string };
  command: string[];
  /** Its own data folder in the workspace; exists. */
  cwd: string;
  module: string;
  class: string;
  /** Complete, but for the marks of a session. */
  env: Record<string, string>;
  actions: { [name: string]: ActionDescription };
  tasks: { [task: string]: { methods: { [name: string]: ActionDescription } } };
}

export interface Installed {
  installed: Map<string, InstalledCapability>;
  /** What is wrong with the others; `details.capability` names the one. */
  problems: HostError[];
}

type Variables = { readonly [name: string]: string | undefined };

/**
 * Reads the manifests of the declared capabilities and checks that their environments are still there. One
 * that cannot be used is a problem, never a reason to withhold the others.
 */
export async function loadInstalled(
  workspace: Workspace,
  env: Variables = process.env,
): Promise<Installed> {
  const installed = new Map<string, InstalledCapability>();
  const problems: HostError[] = [];
  const { adapters } = await readAdapterManifests(workspacePaths(workspace.root).manifestsDir);
  const loaded = await Promise.allSettled(
    workspace.capabilities.map((declaration) => loadOne(declaration, workspace, env, adapters)),
  );
  loaded.forEach((result, index) => {
    const name = workspace.capabilities[index]?.name ?? '';
    if (result.status === 'fulfilled') installed.set(name, result.value);
    else problems.push(about(name, result.reason));
  });
  return { installed, problems };
}

async function loadOne(
  declaration: CapabilityDeclaration,
  workspace: Workspace,
  env: Variables,
  adapters: readonly AdapterManifest[],
): Promise<InstalledCapability> {
  const { name, environment } = declaration;
  const { manifestsDir, dataDir } = workspacePaths(workspace.root);
  const manifest = await readManifest(join(manifestsDir, `${name}.json`)).catch(
    (error: unknown) => {
      throw error instanceof HostError && error.code === 'FILE_NOT_FOUND'
        ? notInstalled(name)
        : error;
    },
  );
  const isForeign = manifest.capstan === null && declaration.dialect === 'cjm';
  const capstan = isForeign ? await foreignSection(manifest) : manifest.capstan;
  if (capstan === null) {
    throw new HostError(
      'MANIFEST_INVALID',
      `The manifest ${manifest.file} was written by another program and does not say how to start ${name}.`,
      {
        hint: `Run \`capstan install ${name}\`; or, for a capability of cjm-substrate, add \`dialect: cjm\`.`,
      },
    );
  }
  if (!isForeign) await checkPresence(name, capstan);
  const wrong = configError(declaration, manifest.code.config_schema, workspace.file);
  if (wrong !== null) throw wrong;
  const cwd = join(dataDir, name);
  await mkdir(cwd, { recursive: true });
  return {
    name,
    manifest,
    dialect: dialectOf(capstan.command),
    config: declaration.config,
    configSchema: manifest.code.config_schema,
    lenient: declaration.lenient,
    ...binding(declaration, isForeign ? { ...manifest, capstan } : manifest, adapters),
    idleMs: declaration.idleMs,
    silenceMs: declaration.silenceMs,
    slots: declaration.slots,
    needs: declaration.needs,
    examinesDrift: declaration.examinesDrift,
    tracebacks: tracebacksIn(env) ?? declaration.tracebacks,
    instances: declaration.instances,
    workerEnv: envVarSpecs(manifest.code.worker_env),
    lockHash: capstan.environment.lock_hash,
    sdk: { name: capstan.sdk.name, version: capstan.sdk.version },
    command: capstan.command,
    cwd,
    module: capstan.module,
    class: capstan.class,
    env: childEnvironment(env, {
      declared: environment.env ?? [],
      extra: {
        ...environmentVariables(capstan.environment.kind, capstan.environment.path, env),
        ...manifest.install.env_vars,
      },
    }),
    actions: capstan.actions,
  };
}

async function checkPresence(name: string, capstan: CapstanSection): Promise<void> {
  const gone = await missingPart(capstan);
  if (gone === null) return;
  throw new HostError('ENV_CHANGED', `The environment of ${name} is incomplete: ${gone} is gone.`, {
    hint: `Run \`capstan install ${name}\` to build it again.`,
    details: { environment: capstan.environment.path, missing: gone },
  });
}

/** What is bound: just what is declared, else whatever is found in the environment and fits. */
function binding(
  { name, adapters: named }: CapabilityDeclaration,
  manifest: Manifest,
  found: readonly AdapterManifest[],
): Pick<InstalledCapability, 'adapters' | 'offered' | 'tasks'> {
  const offered = offeredTo(manifest, found);
  if (named === null) return { offered, ...bindingOf(bindable(offered)) };
  // what is declared was resolved when we installed it; another program resolved nothing
  const wanted = manifest.capstan?.adapters.map(({ spec }) => spec) ?? named;
  const bound = chosenAdapters(name, offered, wanted);
  return { offered, ...bindingOf(bound) };
}

/**
 * A capability that binds just the adapters somebody names. Throws ADAPTER_NOT_FOUND with the nearest name,
 * ADAPTER_INCOMPATIBLE with everything that is missing.
 */
export function withAdapters(
  capability: InstalledCapability,
  wanted: readonly string[],
): InstalledCapability {
  const { name, offered } = capability;
  return { ...capability, ...bindingOf(chosenAdapters(name, offered, wanted)) };
}

const bindingOf = (
  bound: readonly OfferedAdapter[],
): Pick<InstalledCapability, 'adapters' | 'tasks'> => ({
  adapters: bound.map(({ spec }) => spec),
  tasks: Object.fromEntries(bound.map(({ task, methods }) => [task, { methods }])),
});

const notInstalled = (name: string): HostError =>
  new HostError('CAPABILITY_NOT_INSTALLED', `${name} is declared but not installed.`, {
    hint: `Run \`capstan install ${name}\`.`,
  });

function about(name: string, thrown: unknown): HostError {
  const error =
    thrown instanceof HostError
      ? thrown
      : new HostError('INTERNAL', messageOf(thrown), { cause: thrown });
  error.details['capability'] = name;
  return error;
}
