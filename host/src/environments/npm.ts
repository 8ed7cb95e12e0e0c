import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostError } from '../errors.ts';
import { copyPackages, placeOfPackage } from './local-packages.ts';
import type { Machine } from './machine.ts';
import { npmLock } from './record.ts';
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
  const files = requirement.files.map((file) => `./${placeOfPackage(file)}`);
  const isExact = requirement.lock !== null && files.length === 0;
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--omit=dev'];
  const extra = isExact ? [] : [...files, ...unnamed(requirement.packages)];
  const verb = isExact ? 'ci' : 'install';
  const install = [npm, verb, ...options, '--prefix', folder, ...extra];
  return [{ tool: 'npm', command: install }, ...scriptSteps(requirement, npm, folder)];
}

/** Nothing that was fetched runs, until it is here and its user has named it. */
function scriptSteps({ allowScripts = [] }: NpmRequirement, npm: string, folder: string): Step[] {
  if (allowScripts.length === 0) return [];
  const options = ['--ignore-scripts=false', '--foreground-scripts', '--prefix', folder];
  return [{ tool: 'npm', command: [npm, 'rebuild', ...options, ...allowScripts] }];
}

/** A name that nothing installed has would be a script that silently never ran. */
export async function checkAllowed({ allowScripts = [] }: NpmRequirement, folder: string) {
  const places = (await npmLock(folder)).map((line) => line.replace(/@[^@/]*( .*)?$/, ''));
  const missing = allowScripts.filter(
    (name) => !places.some((place) => place.endsWith(`node_modules/${name}`)),
  );
  if (missing.length === 0) return;
  throw new HostError(
    'DECLARATION_INVALID',
    `allowScripts names ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not installed here.`,
    { hint: 'Correct the name in capstan.yaml, or leave it out.' },
  );
}

/** Writes `package.json`, the lock and local tarballs, so that npm has everything in the folder itself. */
export async function prepareNpm(requirement: NpmRequirement, folder: string): Promise<void> {
  const manifest = manifestOf(requirement);
  await writeJson(join(folder, 'package.json'), manifest);
  if (requirement.lock !== null) {
    await writeFile(join(folder, 'package-lock.json'), lockWithoutSdk(requirement.lock));
  }
  await copyPackages(requirement.files, folder);
  await mkdir(join(folder, 'node_modules'), { recursive: true });
}

function manifestOf(requirement: NpmRequirement): PackageJson & { private: true } {
  const own = requirement.packageJson ?? {};
  const named = requirement.packages.map(namedSpec).filter((pair) => pair !== null);
  const dependencies = { ...own.dependencies, ...Object.fromEntries(named) };
  const name = own.name ?? 'capstan-environment';
  return { ...dependentWithoutSdk({ ...own, dependencies }), name, private: true };
}

/** `name@range` as a dependency; null for a git URL or an alias, which npm itself must read. */
function namedSpec(spec: string): [name: string, range: string] | null {
  const match = /^((?:@[^/@\s]+\/)?[^/@\s:]+)(?:@([^:/\s]+|[^:/]+))?$/.exec(spec);
  return match?.[1] === undefined ? null : [match[1], match[2] ?? '*'];
}

const unnamed = (specs: readonly string[]): string[] =>
  specs.filter((spec) => namedSpec(spec) === null);

const dependencyLists = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
] as const;

/** The SDK is copied in by us; a source that lists it, as it should, must not make npm look for it. */
function dependentWithoutSdk(dependent: PackageJson): PackageJson {
  const lists = dependencyLists.flatMap((list) => {
    const found = dependent[list];
    return found === undefined ? [] : [[list, withoutSdk(found)]];
  });
  return { ...dependent, ...Object.fromEntries(lists) };
}

export function withoutSdk(dependencies: { [name: string]: string }): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(dependencies).filter(([name]) => !name.startsWith('@capstan/')),
  );
}

/** How many packages a `package-lock.json` pins. */
export function lockedCount(text: string): number {
  const lock: { packages?: object } = JSON.parse(text);
  return Object.keys(lock.packages ?? {}).filter((path) => path !== '').length;
}

function lockWithoutSdk(text: string): string {
  const lock: { packages?: { [path: string]: PackageJson } } = JSON.parse(text);
  const packages = Object.entries(lock.packages ?? {})
    .filter(([path]) => !path.startsWith('node_modules/@capstan/'))
    .map(([path, one]) => [path, path === '' ? dependentWithoutSdk(one) : one]);
  return JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2);
}

const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
