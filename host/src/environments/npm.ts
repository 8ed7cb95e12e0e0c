import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HostError } from '../errors.ts';
import type { Machine } from './machine.ts';
import type { NpmRequirement, PackageJson } from './requirement.ts';
import type { Step } from './steps.ts';

/** The npm of this machine; needed only when there is something to install. */
export async function findNpm(machine: Machine): Promise<{ path: string; version: string }> {
  const path = await machine.which('npm');
  const version = path === null ? null : await machine.versionOf(path);
  if (path !== null && version !== null) return { path, version };
  throw new HostError(
    'ENV_TOOL_MISSING',
    path === null
      ? 'This environment needs npm, which is not on the PATH.'
      : `This environment needs npm; ${path} does not run.`,
    { hint: 'Install Node.js with npm, or put its folder on the PATH.' },
  );
}

export const needsNpm = (requirement: NpmRequirement): boolean =>
  requirement.packages.length > 0 ||
  requirement.files.length > 0 ||
  Object.keys({
    ...requirement.packageJson?.dependencies,
    ...requirement.packageJson?.optionalDependencies,
  }).length > 0;

/** The commands that fill an npm environment lying in `folder`. */
export function npmSteps(requirement: NpmRequirement, npm: string, folder: string): Step[] {
  if (!needsNpm(requirement)) return [];
  const files = requirement.files.map(({ path }) => `./packages/${basename(path)}`);
  const isExact = requirement.lock !== null && files.length === 0;
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--omit=dev'];
  const extra = isExact ? [] : [...files, ...unnamed(requirement.packages)];
  const verb = isExact ? 'ci' : 'install';
  return [{ tool: 'npm', command: [npm, verb, ...options, '--prefix', folder, ...extra] }];
}

/** Writes `package.json`, the lock and local tarballs, so that npm has everything in the folder itself. */
export async function prepareNpm(requirement: NpmRequirement, folder: string): Promise<void> {
  const manifest = manifestOf(requirement);
  await writeJson(join(folder, 'package.json'), manifest);
  if (requirement.lock !== null) {
    await writeFile(join(folder, 'package-lock.json'), lockWithoutSdk(requirement.lock));
  }
  if (requirement.files.length > 0) await mkdir(join(folder, 'packages'), { recursive: true });
  for (const { path } of requirement.files) {
    // oxlint-disable-next-line no-await-in-loop -- one tarball as a rule
    await copyFile(path, join(folder, 'packages', basename(path)));
  }
  await mkdir(join(folder, 'node_modules'), { recursive: true });
}

function manifestOf(requirement: NpmRequirement): PackageJson & { private: true } {
  const own = requirement.packageJson ?? {};
  const named = requirement.packages.map(namedSpec).filter((pair) => pair !== null);
  const dependencies = withoutSdk({ ...own.dependencies, ...Object.fromEntries(named) });
  return { ...own, name: own.name ?? 'capstan-environment', private: true, dependencies };
}

/** `name@range` as a dependency; null for a git URL or an alias, which npm itself must read. */
function namedSpec(spec: string): [name: string, range: string] | null {
  const match = /^((?:@[^/@\s]+\/)?[^/@\s:]+)(?:@([^:/\s]+|[^:/]+))?$/.exec(spec);
  return match?.[1] === undefined ? null : [match[1], match[2] ?? '*'];
}

const unnamed = (specs: readonly string[]): string[] =>
  specs.filter((spec) => namedSpec(spec) === null);

/** The SDK is copied in by us; a source that lists it, as it should, must not make npm look for it. */
function withoutSdk(dependencies: { [name: string]: string }): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(dependencies).filter(([name]) => !name.startsWith('@capstan/')),
  );
}

function lockWithoutSdk(text: string): string {
  const lock: { packages?: { [path: string]: { dependencies?: { [name: string]: string } } } } =
    JSON.parse(text);
  const root = lock.packages?.[''];
  if (root?.dependencies !== undefined) root.dependencies = withoutSdk(root.dependencies);
  for (const path of Object.keys(lock.packages ?? {})) {
    if (path.startsWith('node_modules/@capstan/')) delete lock.packages?.[path];
  }
  return JSON.stringify(lock, null, 2);
}

const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
