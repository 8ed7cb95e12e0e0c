import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { usersOf } from '../environments/index.ts';
import { HostError } from '../errors.ts';
import { workspacePaths } from '../paths.ts';
import { SecretStore } from '../secrets/index.ts';
import type { Workspace } from './declaration.ts';
import { type EntryLines, linesOfCapability } from './declaration-edit.ts';
import { didYouMean } from './did-you-mean.ts';
import { readManifest } from './manifest.ts';
import { installedNames } from './manifests.ts';
import { adapterFilesOf } from './record-adapters.ts';

export interface RemovalOptions {
  /** Instances of which something was set at run time. */
  settings?: readonly string[];
  /** What it wrote into its data folder, its secrets, and what was set of it, too. */
  data?: boolean;
  keepEnvironment?: boolean;
  /** Its entry in `capstan.yaml`, too. */
  declaration?: boolean;
  env: { readonly [name: string]: string | undefined };
}

/** Something of a capability, and what becomes of it. */
export interface Part {
  what: 'declaration' | 'manifest' | 'adapter' | 'environment' | 'data' | 'secrets' | 'settings';
  /** Its file or folder; for secrets and settings, their names. */
  place: string;
  /** Why it stays, with what to do about it; null where it goes. */
  kept: string | null;
}

export interface RemovalPlan {
  name: string;
  isDeclared: boolean;
  /** Where it is declared; null where it is not, or shares its lines with others. */
  lines: EntryLines | null;
  parts: Part[];
}

/**
 * Says what a removal would take away and what it would leave, and why. Throws CAPABILITY_NOT_FOUND for a name
 * of which there is nothing.
 */
export async function planRemoval(
  workspace: Workspace,
  name: string,
  options: RemovalOptions,
): Promise<RemovalPlan> {
  // it becomes part of paths
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) throw await unknown(workspace, name);
  const paths = workspacePaths(workspace.root);
  const isDeclared = workspace.capabilities.some((one) => one.name === name);
  const text = await readFile(workspace.file, 'utf8');
  const lines = isDeclared ? linesOfCapability(text, name) : null;
  const secrets = await secretsOf(workspace, name, options.env);
  const found = await Promise.all([
    declarationPart(workspace, name, lines, options),
    manifestPart(workspace, name),
    adapterParts(workspace, name),
    environmentPart(workspace, name, options),
    dataPart(join(paths.dataDir, name), options),
  ]);
  const parts = [
    ...found.flat(),
    ...namesPart('secrets', secrets, options),
    ...namesPart('settings', options.settings ?? [], options),
  ];
  if (parts.length === 0) throw await unknown(workspace, name);
  return { name, isDeclared, lines, parts };
}

export const usedBy = (users: readonly string[]): string => `others use it: ${users.join(', ')}`;

async function declarationPart(
  { file, capabilities }: Workspace,
  name: string,
  lines: EntryLines | null,
  { declaration = false }: RemovalOptions,
): Promise<Part[]> {
  if (!capabilities.some((one) => one.name === name)) return [];
  const where = lines === null ? '' : lineRange(lines);
  const kept = `delete ${where === '' ? 'its entry' : where} yourself, or remove it with --declaration`;
  return [{ what: 'declaration', place: file, kept: declaration ? null : kept }];
}

/** `line 7`, `lines 7 to 10`. */
const lineRange = ({ first, last }: EntryLines): string =>
  first === last ? `line ${first}` : `lines ${first} to ${last}`;

async function manifestPart({ root }: Workspace, name: string): Promise<Part[]> {
  const file = join(workspacePaths(root).manifestsDir, `${name}.json`);
  return (await isThere(file)) ? [{ what: 'manifest', place: file, kept: null }] : [];
}

async function adapterParts({ root }: Workspace, name: string): Promise<Part[]> {
  const { manifestsDir } = workspacePaths(root);
  const files = await adapterFilesOf(manifestsDir, name);
  return files.map((file) => ({ what: 'adapter', place: join(manifestsDir, file), kept: null }));
}

async function environmentPart(
  { root }: Workspace,
  name: string,
  { keepEnvironment = false }: RemovalOptions,
): Promise<Part[]> {
  const { manifestsDir } = workspacePaths(root);
  const file = join(manifestsDir, `${name}.json`);
  const manifest = await readManifest(file).catch(() => null);
  const folder = manifest?.capstan?.environment.path;
  if (folder === undefined || !(await isThere(folder))) return [];
  const others = (await usersOf(folder)).filter((user) => user !== file);
  const asked = keepEnvironment ? 'you asked to keep it' : null;
  const kept = others.length > 0 ? usedBy(others) : asked;
  return [{ what: 'environment', place: folder, kept }];
}

async function dataPart(folder: string, { data = false }: RemovalOptions): Promise<Part[]> {
  const names = await readdir(folder).catch(() => []);
  // a folder that was only ever made ready is nothing to keep
  if (names.length === 0) {
    return (await isThere(folder)) ? [{ what: 'data', place: folder, kept: null }] : [];
  }
  return [{ what: 'data', place: folder, kept: data ? null : askForIt }];
}

function namesPart(
  what: 'secrets' | 'settings',
  names: readonly string[],
  { data = false }: RemovalOptions,
): Part[] {
  if (names.length === 0) return [];
  return [{ what, place: names.join(', '), kept: data ? null : askForIt }];
}

const askForIt = 'remove it with --data';

function secretsOf(
  { root }: Workspace,
  name: string,
  env: RemovalOptions['env'],
): Promise<string[]> {
  const { secretsDir } = workspacePaths(root);
  // secrets that cannot be read are no reason to keep all the rest
  return new SecretStore(secretsDir, { env }).names(name).catch(() => []);
}

async function unknown({ root, file, capabilities }: Workspace, name: string): Promise<HostError> {
  const { manifestsDir } = workspacePaths(root);
  const owner = capabilities.find(({ instances }) => instances.some(({ id }) => id === name));
  const known = [
    ...new Set([...capabilities.map((one) => one.name), ...(await installedNames(manifestsDir))]),
  ];
  return new HostError(
    'CAPABILITY_NOT_FOUND',
    `There is nothing of a capability "${name}": ${file} does not declare it, and nothing of it was installed.`,
    {
      hint:
        owner === undefined
          ? (didYouMean(name, known) ?? 'Nothing is declared, and nothing is installed.')
          : `${name} is an instance of ${owner.name}: delete it from \`instances:\` of that, or unload it with \`capstan unload ${name} --forget\`.`,
      details: { capability: name, known },
    },
  );
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
