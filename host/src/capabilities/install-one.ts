import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import {
  type BuiltEnvironment,
  childEnvironment,
  environmentVariables,
  type Machine,
  readBuilt,
  recordUser,
  type Snapshot,
  snapshotSource,
} from '../environments/index.ts';
import { workspacePaths } from '../paths.ts';
import { commandOf } from './cjm/command.ts';
import { cjmModuleOf } from './cjm/module.ts';
import { boundAdapters } from './bound-adapters.ts';
import { snapshotCommand } from './command-declaration.ts';
import { schemaFault } from './config/index.ts';
import { HostError } from '../errors.ts';
import { introspect } from './introspect.ts';
import type { CopiedCode } from './introspection-failure.ts';
import { type Manifest, readManifest, writeManifest } from './manifest.ts';
import { adapterDocuments, type InstalledFacts, manifestDocument } from './manifest-document.ts';
import { adapterIn, moduleOf } from './module-of.ts';
import type { Prepared } from './prepare.ts';
import { formatPythonJson, type PythonObject } from './python-json.ts';
import { validateManifest } from './validate/manifest.ts';
import { missingPart } from './presence.ts';
import { recordAdapters } from './record-adapters.ts';
import type { Source } from './source.ts';

export interface InstallOneOptions {
  root: string;
  machine: Machine;
  onStage: (stage: 'snapshot' | 'introspect', message: string) => void;
  signal?: AbortSignal | undefined;
}

/** Copies the code into a built environment, asks it what it offers and writes the manifest. */
export async function installInto(
  built: BuiltEnvironment,
  prepared: Prepared,
  options: InstallOneOptions,
): Promise<Manifest> {
  const { name } = prepared.declaration;
  const manifestFile = join(workspacePaths(options.root).manifestsDir, `${name}.json`);
  await recordUser(built.folder, manifestFile, { installing: true });
  try {
    return await describeInto(built, prepared, options);
  } finally {
    await recordUser(built.folder, manifestFile);
  }
}

async function describeInto(
  built: BuiltEnvironment,
  prepared: Prepared,
  options: InstallOneOptions,
): Promise<Manifest> {
  const { declaration, source } = prepared;
  const { machine, root } = options;
  const { kind, env = [] } = declaration.environment;
  options.onStage('snapshot', 'copying its code');
  const snapshot = await snapshotOf(prepared, built);
  const isNode = kind === 'npm';
  const { module, class: className } =
    declaration.dialect === 'cjm'
      ? { module: await cjmModuleOf(declaration.module, source), class: declaration.class ?? '' }
      : await moduleOf(declaration, source, snapshot, built);
  const inCode = (specs: readonly string[]): Promise<string[]> =>
    Promise.all(specs.map((adapter) => adapterIn(adapter, snapshot, isNode)));
  const named = declaration.adapters === null ? null : await inCode(declaration.adapters);
  const ofInstances = await Promise.all(
    declaration.instances.map(({ adapters }) => inCode(adapters ?? [])),
  );
  const command = commandOf(declaration.dialect, built.record.kind, built.folder, machine);
  options.onStage('introspect', 'asking it what it offers');
  const introspected = await introspect({
    name: declaration.name,
    command,
    env: childEnvironment(machine.env, {
      declared: env,
      extra: environmentVariables(built.record.kind, built.folder, machine.env),
    }),
    module,
    class: className,
    adapters: [...new Set([...(named ?? []), ...ofInstances.flat()])],
    findAdapters: named === null,
    code: copiedCode(source, snapshot),
    signal: options.signal,
  });
  mustDeclareSettings(declaration.name, introspected.facts);
  const facts: InstalledFacts = {
    name: declaration.name,
    command,
    module: declaration.dialect === 'cjm' ? introspected.facts.module : module,
    bound: boundAdapters(declaration.name, introspected.facts, { named, ofInstances }),
    source: { spec: declaration.source ?? module, hash: snapshot?.sha256 ?? null },
    requirementHash: prepared.requirementHash,
    built,
    sdkHash: prepared.plan.sdk.sha256,
    introspected,
    installerVersion: await ownVersion(),
    now: new Date().toISOString(),
  };
  return record(facts, root);
}

/** One whose settings nobody can check cannot be started, so it is not installed either. */
function mustDeclareSettings(
  name: string,
  { config_schema: schema }: InstalledFacts['introspected']['facts'],
): void {
  const fault = schemaFault(schema);
  if (fault === null) return;
  throw new HostError(
    'INTROSPECTION_FAILED',
    `The schema of the settings of ${name} cannot be used: ${fault}.`,
    { hint: `Mend what ${name} declares as its configuration.`, details: { capability: name } },
  );
}

async function snapshotOf(
  { source, command }: Prepared,
  built: BuiltEnvironment,
): Promise<Snapshot | null> {
  if (command !== null) return snapshotCommand(command, built);
  if (source.kind !== 'file' && source.kind !== 'folder') return null;
  return snapshotSource(source.path, built.folder);
}

const copiedCode = (source: Source, snapshot: Snapshot | null): CopiedCode | null =>
  snapshot !== null && (source.kind === 'file' || source.kind === 'folder')
    ? { copy: snapshot.path, original: source.path }
    : null;

async function record(facts: InstalledFacts, root: string): Promise<Manifest> {
  const { manifestsDir } = workspacePaths(root);
  const file = join(manifestsDir, `${facts.name}.json`);
  // the capability's own manifest comes last
  const environmentKey = facts.built.key;
  const adapters = adapterDocuments({ ...facts, environmentKey });
  const document = manifestDocument(facts, await earlierManifest(file));
  for (const one of [document, ...adapters.map((adapter) => adapter.document)]) {
    mustBeValid(facts.name, one, file);
  }
  await recordAdapters(manifestsDir, facts.name, adapters);
  await writeManifest(file, document);
  return readManifest(file);
}

/** What `capstan validate` would refuse is not written in the first place: what was there before stays. */
function mustBeValid(name: string, document: PythonObject, file: string): void {
  const problems = validateManifest(formatPythonJson(document), file)
    .filter(({ severity }) => severity === 'error')
    .map(({ message }) => message);
  if (problems.length === 0) return;
  throw new HostError(
    'MANIFEST_INVALID',
    `${name} was not installed, because its manifest would be invalid: ${problems.join('; ')}.`,
    {
      hint: `Correct what ${name} declares about itself, then install it again.`,
      details: { problems },
    },
  );
}

/** A manifest that is there but unusable has nothing worth keeping. */
export const earlierManifest = (file: string): Promise<Manifest | null> =>
  readManifest(file).catch(() => null);

/** Whether a manifest describes exactly what would be installed now, so that nothing is left to do. */
export async function isUnchanged(
  manifest: Manifest | null,
  { declaration, plan, sourceHash, requirementHash }: Prepared,
  machine: Machine,
): Promise<boolean> {
  const recorded = manifest?.capstan;
  return (
    recorded !== null &&
    recorded !== undefined &&
    plan.isBuilt &&
    recorded.environment.key === plan.key &&
    recorded.environment.path === plan.folder &&
    recorded.requirement_hash === requirementHash &&
    recorded.source.hash === sourceHash &&
    recorded.sdk.sha256 === plan.sdk.sha256 &&
    isDeepStrictEqual(
      recorded.command,
      commandOf(declaration.dialect, plan.kind, plan.folder, machine),
    ) &&
    (await missingPart(recorded)) === null &&
    // somebody may have built the environment again, with other packages
    (await readBuilt(plan.folder, plan.key))?.lockHash === recorded.environment.lock_hash
  );
}

let version: Promise<string> | undefined;
function ownVersion(): Promise<string> {
  version ??= readFile(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8').then(
    (text) => {
      const parsed: { version: string } = JSON.parse(text);
      return parsed.version;
    },
  );
  return version;
}
