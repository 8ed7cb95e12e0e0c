import { execFile } from 'node:child_process';
import { existsSync, globSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SideFailed } from '../measure/sides.ts';

const run = promisify(execFile);

/** A package of the ordinary registry, pinned. */
export interface PythonPackage {
  name: string;
  version: string;
  /** It says that it needs Python 3.12, and also runs on 3.11. */
  runsOnOlder?: boolean;
}

/** An interpreter of an environment of its own with the published package, installed where it is not there yet. */
export async function installPython(
  cache: string,
  { name, version, runsOnOlder = false }: PythonPackage,
  say: (text: string) => void,
): Promise<string> {
  const found = await findPython(name);
  const folder = join(cache, `${version}-python${found.version}`);
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  say(`installing ${name} ${version} …`);
  // Made beside it and renamed: what is there is whole, whoever installs at the same time.
  const made = `${folder}.${process.pid}`;
  try {
    await run(found.path, ['-m', 'venv', made]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    const older = runsOnOlder && found.version < '3.12' ? ['--ignore-requires-python'] : [];
    await run(join(made, 'bin', 'python'), [...pip, ...older, `${name}==${version}`]);
    renameSync(made, folder);
  } catch (error) {
    if (existsSync(python)) return python;
    throw new SideFailed(`${name} was not installed: ${reasonOf(error)}`);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return python;
}

const reasonOf = (error: unknown): string =>
  ((error as { stderr?: string }).stderr ?? (error as Error).message).trim().split('\n').at(-1) ??
  '';

interface Python {
  path: string;
  /** Such as `3.12`. */
  version: string;
}

/** 3.12 where there is one, else a newer one, else 3.11. */
async function findPython(name: string): Promise<Python> {
  const names = ['python3.13', 'python3.12', 'python3', 'python3.14', 'python3.11'];
  const managed = globSync(join(homedir(), '.pyenv/versions/3.1[1-4].*/bin/python')).toSorted();
  const asked = await Promise.all([...names, ...managed].map(versionOf));
  const pythons = asked.filter((python) => python !== null);
  const best =
    pythons.find(({ version }) => version === '3.12') ??
    pythons.find(({ version }) => version > '3.12') ??
    pythons.find(({ version }) => version === '3.11');
  if (best === undefined)
    throw new SideFailed(`${name} needs Python 3.12, with venv: there is none`);
  return best;
}

async function versionOf(path: string): Promise<Python | null> {
  const program = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';
  try {
    const { stdout } = await run(path, ['-c', program]);
    return { path, version: stdout.trim() };
  } catch {
    return null;
  }
}
