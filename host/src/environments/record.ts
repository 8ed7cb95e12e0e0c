import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HostError } from '../errors.ts';
import { pythonOf } from './conda/kinds.ts';
import { sha256Hex } from './content-hash.ts';
import type { EnvironmentKind, EnvironmentRequirement } from './requirement.ts';
import { runTool } from './run-tool.ts';
import { childEnvironment } from './variables.ts';

/** `environment.json`: what an environment was made from and what came of it. Its presence means "built". */
export interface EnvironmentRecord {
  kind: EnvironmentKind;
  key: string;
  /** Absolute path of the interpreter its workers run on: the environment's own Python, or Node. */
  interpreter: string;
  interpreterVersion: string;
  platform: string;
  requirements: EnvironmentRequirement;
  /** What is installed, one package with its exact version a line, sorted. */
  lock: string[];
  lockHash: string;
  builtAt: string;
  sdk: { version: string; sha256: string };
  /** `uv 0.13.8`, `pip 23.2.1`, `npm 11.19.1`, or empty when nothing had to be installed. */
  tool: string;
  /** For a command that a package brought: the absolute path of its executable. */
  executable: string | null;
}

const fileName = 'environment.json';

/** The record of a built environment, or null when the folder holds none that can be read. */
export async function readRecord(folder: string): Promise<EnvironmentRecord | null> {
  const text = await readFile(join(folder, fileName), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const record: EnvironmentRecord = JSON.parse(text);
    return record;
  } catch {
    return null;
  }
}

/** The record of the environment with this key, provided that what starts its workers is still there too. */
export async function readBuilt(folder: string, key: string): Promise<EnvironmentRecord | null> {
  const record = await readRecord(folder);
  if (record?.key !== key) return null;
  const essential = essentialOf(record, folder);
  if (essential === null) return record;
  return stat(essential).then(
    () => record,
    () => null,
  );
}

/** The file without which no worker starts in an environment; null where the PATH has it. */
export function essentialOf(
  { kind, executable }: EnvironmentRecord,
  folder: string,
): string | null {
  switch (kind) {
    case 'npm':
      return join(folder, 'node_modules/@capstan/worker/src/main.js');
    case 'uv':
    case 'venv':
      return join(folder, 'bin/python');
    case 'conda':
    case 'mamba':
    case 'micromamba':
    case 'pixi':
      return pythonOf(kind, folder);
    case 'command':
      return executable;
    default:
      return kind satisfies never;
  }
}

/** Written last, and on the disk before the folder gets its name. */
export async function writeRecord(folder: string, record: EnvironmentRecord): Promise<void> {
  const file = await open(join(folder, fileName), 'wx');
  try {
    await file.writeFile(`${JSON.stringify(record, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

export const lockHashOf = (lock: readonly string[]): string =>
  `sha256:${sha256Hex(lock.join('\n'))}`;

const listDistributions = `
import re
from importlib import metadata
names = {re.sub(r"[-_.]+", "-", d.metadata["Name"]).lower() + "==" + d.version for d in metadata.distributions()}
print("\\n".join(sorted(names)))
`;

/** What is installed in a Python environment, as its own interpreter sees it. */
export async function pythonLock(python: string): Promise<string[]> {
  const end = await runTool({
    command: [python, '-I', '-c', listDistributions],
    cwd: '/',
    env: childEnvironment({}),
  });
  if (end.code !== 0) {
    const said = end.lines.at(-1) ?? 'it printed nothing';
    throw new HostError('ENV_CHANGED', `${python} does not run any more: ${said}`);
  }
  return end.stdout.split('\n').filter((line) => line !== '');
}

/** What is installed below a `node_modules` folder, from the record npm keeps there. */
export async function npmLock(folder: string): Promise<string[]> {
  const path = join(folder, 'node_modules', '.package-lock.json');
  const text = await readFile(path, 'utf8').catch(() => '{"packages":{}}');
  const lock: { packages: { [path: string]: { version?: string; integrity?: string } } } =
    JSON.parse(text);
  return Object.entries(lock.packages)
    .filter(([place]) => !place.startsWith('node_modules/@capstan/'))
    .map(([place, { version, integrity }]) =>
      [`${place}@${version ?? '?'}`, integrity ?? ''].join(' ').trim(),
    )
    .toSorted();
}
