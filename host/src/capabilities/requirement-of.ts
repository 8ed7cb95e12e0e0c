import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type CommandPackage,
  type EnvironmentRequirement,
  type NpmRequirement,
  type PackageJson,
  type PythonRequirement,
} from '../environments/index.ts';
import { HostError } from '../errors.ts';
import { condaRequirement } from './conda-requirement.ts';
import { withSubstrate } from './cjm/substrate.ts';
import type { CapabilityDeclaration, EnvironmentDeclaration, Workspace } from './declaration.ts';
import { localPackage } from './local-package.ts';
import { checkedLock, packageJsonOf, readIfThere } from './npm-files.ts';
import {
  isLocalPath,
  logicalLines,
  readRequirements,
  type Requirements,
  requirementsOf,
} from './requirements-file.ts';
import type { Source } from './source.ts';

type PythonDeclaration = Extract<EnvironmentDeclaration, { kind: 'uv' | 'venv' }>;
type NpmDeclaration = Extract<EnvironmentDeclaration, { kind: 'npm' }>;

/** Our SDK runs from here on; a capability that needs a newer Python says so. */
const oldestPython = '>=3.9';

/** What the environment of a capability must hold, with every file it names read. */
export async function requirementOf(
  declaration: CapabilityDeclaration,
  source: Source,
  workspace: Workspace,
): Promise<EnvironmentRequirement> {
  const requirement = await requirementFor(declaration, source, workspace);
  return declaration.dialect === 'cjm' ? withSubstrate(requirement) : requirement;
}

async function requirementFor(
  declaration: CapabilityDeclaration,
  source: Source,
  workspace: Workspace,
): Promise<EnvironmentRequirement> {
  const { environment } = declaration;
  switch (environment.kind) {
    case 'npm':
      return npmRequirement(environment, source, workspace.root);
    case 'uv':
    case 'venv':
      return pythonRequirement(environment, source, workspace.root);
    case 'conda':
    case 'mamba':
    case 'micromamba':
    case 'pixi':
      return condaRequirement(declaration, source, workspace);
    case 'command':
      return { kind: 'command', package: await commandPackage(environment.package) };
    default:
      return environment satisfies never;
  }
}

async function pythonRequirement(
  declared: PythonDeclaration,
  source: Source,
  root: string,
): Promise<PythonRequirement> {
  const wanted = await wantedBy(declared, source, root);
  const paths = [...wanted.localPaths, ...(source.kind === 'archive' ? [source.path] : [])];
  return {
    kind: declared.kind,
    python: declared.python ?? oldestPython,
    requirements: [...wanted.lines, ...(source.kind === 'package' ? [source.spec] : [])],
    constraints: wanted.constraints,
    files: await Promise.all(paths.map(localPackage)),
    lock: declared.lock === undefined ? null : logicalLines(await readText(root, declared.lock)),
    ...(declared.ignoreRequiresPython === true ? { ignoreRequiresPython: true } : {}),
  };
}

/** Written in `capstan.yaml`, else in the `requirements.txt` of a source folder. */
async function wantedBy(
  { requirements, lock }: PythonDeclaration,
  source: Source,
  root: string,
): Promise<Requirements> {
  if (typeof requirements === 'string') return readRequirements(resolve(root, requirements));
  if (requirements !== undefined) return requirementsOf(requirements, root);
  const none: Requirements = { lines: [], constraints: [], localPaths: [] };
  if (source.kind !== 'folder' || lock !== undefined) return none;
  return readRequirements(join(source.path, 'requirements.txt')).catch((error: unknown) => {
    if (error instanceof HostError && error.code === 'FILE_NOT_FOUND') return none;
    throw error;
  });
}

async function npmRequirement(
  declared: NpmDeclaration,
  source: Source,
  root: string,
): Promise<NpmRequirement> {
  const packages = declared.packages ?? [];
  const paths = packages.filter(isLocalPath).map((path) => resolve(root, path));
  return {
    kind: 'npm',
    packages: [
      ...packages.filter((spec) => !isLocalPath(spec)),
      ...(source.kind === 'package' ? [source.spec] : []),
    ],
    files: await Promise.all(
      [...paths, ...(source.kind === 'archive' ? [source.path] : [])].map(localPackage),
    ),
    packageJson: await ownPackageJson(source),
    lock: await npmLock(declared, source, root),
    ...(declared.allowScripts === undefined ? {} : { allowScripts: declared.allowScripts }),
  };
}

async function ownPackageJson(source: Source): Promise<PackageJson | null> {
  if (source.kind !== 'folder') return null;
  const file = join(source.path, 'package.json');
  const text = await readIfThere(file);
  return text === null ? null : packageJsonOf(text, file);
}

/** The declared lock, else that of a source folder; the latter knows nothing of further packages. */
async function npmLock(
  { lock, packages = [] }: NpmDeclaration,
  source: Source,
  root: string,
): Promise<string | null> {
  if (lock !== undefined) return checkedLock(await readText(root, lock), resolve(root, lock));
  if (source.kind !== 'folder' || packages.length > 0) return null;
  const file = join(source.path, 'package-lock.json');
  const text = await readIfThere(file);
  return text === null ? null : checkedLock(text, file);
}

async function commandPackage(
  declared: Extract<EnvironmentDeclaration, { kind: 'command' }>['package'],
): Promise<CommandPackage | null> {
  if (declared === undefined) return null;
  const { path, npm, uv, venv } = declared;
  if (npm !== undefined) {
    const requirement: NpmRequirement = {
      kind: 'npm',
      packages: [npm],
      files: [],
      packageJson: null,
      lock: null,
    };
    return { requirement, path };
  }
  const requirement: PythonRequirement = {
    kind: uv === undefined ? 'venv' : 'uv',
    python: oldestPython,
    requirements: [uv ?? venv ?? ''],
    constraints: [],
    files: [],
    lock: null,
  };
  return { requirement, path };
}

async function readText(root: string, path: string): Promise<string> {
  const file = resolve(root, path);
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new HostError('FILE_NOT_FOUND', `${file} cannot be read.`, { cause, details: { path } });
  });
}
