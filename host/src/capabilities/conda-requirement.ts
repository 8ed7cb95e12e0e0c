import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CondaRequirement } from '../environments/index.ts';
import { HostError } from '../errors.ts';
import { workspacePaths } from '../paths.ts';
import { type CondaFile, readCondaFile } from './conda-file.ts';
import type { CapabilityDeclaration, EnvironmentDeclaration, Workspace } from './declaration.ts';
import { localPackage } from './local-package.ts';
import { readYamlText } from './read-text.ts';
import { isLocalPath, readRequirements, requirementsOf } from './requirements-file.ts';
import type { Source } from './source.ts';
import { problemsError } from './yaml-text.ts';

type CondaDeclaration = Extract<
  EnvironmentDeclaration,
  { kind: 'conda' | 'mamba' | 'micromamba' | 'pixi' }
>;

/** Where nobody names a channel. Conda's own `defaults` is free of charge only for some of its users. */
const usualChannels = ['conda-forge'];

/** What an environment of conda packages must hold, with its environment file and all that it names read. */
export async function condaRequirement(
  { name, environment, where }: CapabilityDeclaration,
  source: Source,
  workspace: Workspace,
): Promise<CondaRequirement> {
  const declared = environment as CondaDeclaration;
  const { kind } = declared;
  const { root } = workspace;
  const file = await environmentFileOf(declared, source, root);
  if (kind === 'pixi' && file !== null && (declared.packages ?? declared.channels) !== undefined) {
    const message = `${name}: \`packages\` and \`channels\` stand in ${file}, or in capstan.yaml, not in both`;
    throw problemsError('DECLARATION_INVALID', workspace.file, [
      { message, ...where('environment') },
    ]);
  }
  const written = file === null || kind === 'pixi' ? nothing : await readCondaFile(file);
  const wanted = await wantedOf(declared, root);
  const channels = declared.channels ?? (written.channels.length > 0 ? written.channels : null);
  const paths = [
    ...written.pip.localPaths,
    ...wanted.localPaths,
    ...(source.kind === 'archive' ? [source.path] : []),
  ];
  return {
    kind,
    python: declared.python ?? null,
    channels: (channels ?? usualChannels).map((channel) => channelOf(channel, root)),
    packages: [...written.packages, ...(declared.packages ?? [])],
    requirements: [
      ...written.pip.lines,
      ...wanted.lines,
      ...(source.kind === 'package' ? [source.spec] : []),
    ],
    constraints: [...written.pip.constraints, ...wanted.constraints],
    files: await Promise.all(paths.map(localPackage)),
    manifest: kind === 'pixi' && file !== null ? await readText(file) : null,
    lock: await lockOf(declared, file, root),
    tool: toolOf(declared.tool, root),
    toolsDir: join(workspacePaths(root).dir, 'tools'),
    notes: written.notes,
  };
}

const nothing: CondaFile = {
  channels: [],
  packages: [],
  pip: { lines: [], constraints: [], localPaths: [] },
  notes: [],
};

/** The declared file; else that of a source folder, when nothing else says what to install. */
async function environmentFileOf(
  declared: CondaDeclaration,
  source: Source,
  root: string,
): Promise<string | null> {
  if (declared.file !== undefined) return resolve(root, declared.file);
  if (source.kind !== 'folder' || declared.packages !== undefined || declared.lock !== undefined) {
    return null;
  }
  const usual = declared.kind === 'pixi' ? ['pixi.toml'] : ['environment.yml', 'environment.yaml'];
  for (const name of usual) {
    const path = join(source.path, name);
    // oxlint-disable-next-line no-await-in-loop -- two names
    if (await isFile(path)) return path;
  }
  return null;
}

async function wantedOf(
  { requirements }: CondaDeclaration,
  root: string,
): Promise<CondaFile['pip']> {
  if (requirements === undefined) return nothing.pip;
  return typeof requirements === 'string'
    ? readRequirements(resolve(root, requirements))
    : requirementsOf(requirements, root);
}

/** A declared lock; for a project of pixi also the one that lies beside its `pixi.toml`. */
async function lockOf(
  { kind, lock }: CondaDeclaration,
  file: string | null,
  root: string,
): Promise<string | null> {
  if (lock !== undefined) return checkedLock(kind, resolve(root, lock));
  if (kind !== 'pixi' || file === null) return null;
  const beside = join(file, '..', 'pixi.lock');
  return (await isFile(beside)) ? readText(beside) : null;
}

async function checkedLock(kind: CondaDeclaration['kind'], file: string): Promise<string> {
  const text = await readText(file);
  if (kind === 'pixi' || /^@EXPLICIT\s*$/m.test(text)) return text;
  throw new HostError('DECLARATION_INVALID', `${file} is no lock that ${kind} can follow.`, {
    hint: 'Make one with `conda list --explicit --md5`; it has a line `@EXPLICIT`.',
    details: { file },
  });
}

/** A folder of packages becomes an address; names and addresses are left as they are. */
const channelOf = (channel: string, root: string): string =>
  isLocalPath(channel) ? pathToFileURL(resolve(root, channel)).href : channel;

const toolOf = (tool: string | undefined, root: string): string | null =>
  tool === undefined ? null : tool.includes('/') ? resolve(root, tool) : tool;

const readText = (file: string): Promise<string> =>
  readYamlText(
    file,
    (cause) =>
      new HostError('FILE_NOT_FOUND', `There is no ${file}.`, { cause, details: { path: file } }),
  );

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
