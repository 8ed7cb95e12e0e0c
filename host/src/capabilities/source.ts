import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { CapabilityDeclaration, Workspace } from './declaration.ts';
import { isLocalPath } from './requirements-file.ts';
import { problemsError } from './yaml-text.ts';

/** What the `source` of a capability turned out to be. */
export type Source =
  /** Code of the user's own, copied into the environment as it is. */
  | { kind: 'file' | 'folder'; path: string }
  /** A package, installed from an archive on this disk. */
  | { kind: 'archive'; path: string }
  /** A package, installed by its name. */
  | { kind: 'package'; spec: string }
  /** The code comes with the requirements. */
  | { kind: 'none' };

const archive = /\.(tgz|tar\.gz|whl|zip)$/;

export async function sourceOf(
  { source, where }: CapabilityDeclaration,
  workspace: Workspace,
): Promise<Source> {
  if (source === null) return { kind: 'none' };
  const path = resolve(workspace.root, source);
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) return { kind: 'folder', path };
  if (found?.isFile()) return { kind: archive.test(path) ? 'archive' : 'file', path };
  if (isLocalPath(source) || archive.test(source) || /\.(py|[cm]?[jt]s|ya?ml)$/.test(source)) {
    const message = `the source ${source} does not exist`;
    throw problemsError('FILE_NOT_FOUND', workspace.file, [{ message, ...where('source') }]);
  }
  return { kind: 'package', spec: source };
}

/** The name a package will have once installed, from `@scope/name@1`, `name[extra]>=2` or a wheel's file. */
export function packageName(spec: string): string {
  const npmName = /^(@[^/@\s]+\/[^@\s]+|[^@\s=<>!~[;]+)/.exec(spec)?.[1] ?? spec;
  return npmName.trim();
}

/** How Python imports a distribution, unless its author chose another name. */
export const importName = (distribution: string): string =>
  distribution.replaceAll(/[-.]+/g, '_').toLowerCase();

/** The distribution an archive holds, from the file name that packaging rules prescribe. */
export const archiveDistribution = (path: string): string =>
  /^(.+?)-\d/.exec(basename(path))?.[1] ?? basename(path).replace(archive, '');
