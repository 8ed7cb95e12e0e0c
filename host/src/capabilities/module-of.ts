import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BuiltEnvironment, Snapshot } from '../environments/index.ts';
import { HostError } from '../errors.ts';
import type { CapabilityDeclaration } from './declaration.ts';
import { type InstalledCode, installedModule } from './installed-module.ts';
import type { Source } from './source.ts';

/** What a worker is told to load: a path in the snapshot, or the name of something that was installed. */
export async function moduleOf(
  declaration: CapabilityDeclaration,
  source: Source,
  snapshot: Snapshot | null,
  built: BuiltEnvironment,
): Promise<InstalledCode> {
  const isNode = declaration.environment.kind === 'npm';
  const { module } = declaration;
  const named = (found: string): InstalledCode => ({
    module: found,
    class: declaration.class ?? '',
  });
  if (module !== null) {
    return named(snapshot === null ? module : await inSnapshot(module, snapshot, isNode));
  }
  switch (source.kind) {
    case 'file':
      return named(snapshot?.path ?? source.path);
    case 'folder':
      return named(await mainOf(declaration, source.path, snapshot?.folder ?? source.path, isNode));
    case 'package':
    case 'archive': {
      const found = await installedModule(declaration.name, source, isNode, built);
      return { ...found, class: declaration.class ?? found.class };
    }
    case 'none':
      throw new HostError(
        'DECLARATION_INVALID',
        `${declaration.name} has no source and no module.`,
      );
    default:
      return source satisfies never;
  }
}

/** `module:Class` of an adapter whose module may be a file of the same source. */
export async function adapterIn(
  adapter: string,
  snapshot: Snapshot | null,
  isNode: boolean,
): Promise<string> {
  if (snapshot === null) return adapter;
  const [module = '', name = ''] = adapter.split(':');
  return `${await inSnapshot(module, snapshot, isNode)}:${name}`;
}

/** A declared module is a file of the source where there is one, by path or in dotted form. */
async function inSnapshot(module: string, { folder }: Snapshot, isNode: boolean): Promise<string> {
  const dotted = isNode ? [] : [`${module.replaceAll('.', '/')}.py`];
  for (const candidate of [module, ...dotted]) {
    const path = join(folder, candidate);
    // oxlint-disable-next-line no-await-in-loop -- two candidates
    if (await isFile(path)) return path;
  }
  return module;
}

async function mainOf(
  { name, where }: CapabilityDeclaration,
  original: string,
  folder: string,
  isNode: boolean,
): Promise<string> {
  const usual = isNode
    ? [...(await declaredMain(folder)), 'index.ts', 'index.js', 'index.mjs', 'src/index.ts']
    : ['capability.py', `${basename(original)}.py`, 'main.py'];
  for (const file of usual) {
    // oxlint-disable-next-line no-await-in-loop -- the first one counts
    if (await isFile(join(folder, file))) return join(folder, file);
  }
  const all = (await readdir(folder)).filter((file) =>
    (isNode ? /\.[mc]?[jt]s$/ : /\.py$/).test(file),
  );
  const [only] = all;
  if (all.length === 1 && only !== undefined) return join(folder, only);
  const { line, column } = where('source');
  throw new HostError(
    'DECLARATION_INVALID',
    `${name}: none of the files in ${original} is clearly the main one (looked for ${usual.join(', ')}).`,
    { hint: 'Name it in capstan.yaml: `module: <file>`.', details: { line, column } },
  );
}

async function declaredMain(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
  const { main, exports }: { main?: unknown; exports?: unknown } = JSON.parse(text);
  return [dotExport(exports), main].filter((path) => typeof path === 'string');
}

const dotExport = (exports: unknown): unknown =>
  typeof exports === 'object' && exports !== null && '.' in exports ? exports['.'] : exports;

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
