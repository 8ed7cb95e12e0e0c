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
  { source, dialect, where }: CapabilityDeclaration,
  workspace: Workspace,
): Promise<Source> {
  if (source === null) return { kind: 'none' };
  const path = resolve(workspace.root, source);
  const found = await stat(path).catch(() => null);
  // A worker of cjm-substrate loads what is installed, so a folder is a package there.
  if (found?.isDirectory()) return { kind: dialect === 'cjm' ? 'archive' : 'folder', path };
  if (found?.isFile()) return { kind: archive.test(path) ? 'archive' : 'file', path };
  if (isLocalPath(source) || archive.test(source) || /\.(py|[cm]?[jt]s|ya?ml)$/.test(source)) {
    const message = `the source ${source} does not exist`;
    throw problemsError('FILE_NOT_FOUND', workspace.file, [{ message, ...where('source') }]);
  }
  return { kind: 'package', spec: source };
}

/** Code in a language that the environment does not speak is refused before anything is built for it. */
export function checkLanguage(
  { environment: { kind }, dialect, where }: CapabilityDeclaration,
  source: Source,
  workspace: Workspace,
): void {
  const refuse = (message: string, hint: string, member: string): never => {
    const problem = { message, hint, ...where(member) };
    throw problemsError('DECLARATION_INVALID', workspace.file, [problem]);
  };
  if (dialect === 'cjm' && (kind === 'npm' || kind === 'command')) {
    const message = `a worker of cjm-substrate cannot run in an environment of kind ${kind}`;
    refuse(message, 'it needs a Python: uv, venv, or one of conda', 'environment');
  }
  if (dialect === 'cjm' && source.kind === 'file') {
    const message = `a worker of cjm-substrate loads packages, and ${basename(source.path)} is a file`;
    refuse(message, 'name the package, or the folder with its pyproject.toml', 'source');
  }
  if (source.kind !== 'file' || kind === 'command') return;
  const isPython = source.path.endsWith('.py');
  const isNode = /\.[cm]?[jt]s$/.test(source.path);
  const fits = kind === 'npm' ? !isPython : !isNode;
  if (fits) return;
  const wanted = kind === 'npm' ? 'uv or venv' : 'npm';
  const message = `${basename(source.path)} cannot run in an environment of kind ${kind}`;
  refuse(message, `it needs ${wanted}`, 'environment');
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
