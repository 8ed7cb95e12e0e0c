import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostError } from '../errors.ts';
import type { Interpreter } from './interpreters.ts';
import { copyPackages, placeOfPackage } from './local-packages.ts';
import type { Machine } from './machine.ts';
import { compareVersions } from './python-versions.ts';
import type { PythonRequirement } from './requirement.ts';
import type { Step } from './steps.ts';

/**
 * How packages get into a virtual environment. A pip from outside (`pip --python`) is preferred to one
 * inside: the environment then holds nothing but what was asked for, and needs no ensurepip, which Debian
 * leaves out of its Python.
 */
export type Installer =
  | { kind: 'uv'; uv: string; version: string }
  | { kind: 'pip'; python: string; version: string }
  | { kind: 'ensurepip' };

export async function chooseInstaller(
  machine: Machine,
  interpreter: Interpreter,
): Promise<Installer> {
  if (!interpreter.hasVenv) throw lacksVenv(interpreter);
  const own = reaches(interpreter) ? interpreter : null;
  const outside =
    own ?? (interpreter.hasEnsurepip ? null : await machine.interpreters.find('>=3.9', reaches));
  if (outside?.pip) return { kind: 'pip', python: outside.path, version: outside.pip };
  if (interpreter.hasEnsurepip) return { kind: 'ensurepip' };
  throw lacksVenv(interpreter);
}

/** Since this version pip can install into another interpreter's environment. */
const reaches = ({ pip }: Interpreter): boolean =>
  pip !== null && compareVersions(pip, '22.3') >= 0;

function lacksVenv({ path, version }: Interpreter): HostError {
  return new HostError(
    'ENV_TOOL_MISSING',
    `Python ${version} at ${path} can neither make a virtual environment nor run pip.`,
    { hint: 'On Debian and Ubuntu: `apt install python3-venv`. Elsewhere, install pip or uv.' },
  );
}

/** The commands that build a Python environment lying in `folder`. */
export function pythonSteps(
  requirement: PythonRequirement,
  interpreter: Interpreter,
  installer: Installer,
  folder: string,
): Step[] {
  const python = join(folder, 'bin', 'python');
  const wanted = [
    ...requirementArguments(requirement, folder),
    ...requirement.files.map((file) => join(folder, placeOfPackage(file))),
  ];
  const isEmpty = wanted.length === 0;
  if (installer.kind === 'uv') {
    const { uv } = installer;
    const make = [uv, 'venv', '--allow-existing', '--no-python-downloads', '--no-config'];
    const install = [uv, 'pip', 'install', '--python', python, '--compile-bytecode'];
    return [
      { tool: 'uv', command: [...make, '--python', interpreter.path, folder] },
      ...(isEmpty ? [] : [{ tool: 'uv' as const, command: [...install, ...wanted] }]),
    ];
  }
  const pip =
    installer.kind === 'pip'
      ? [installer.python, '-I', '-m', 'pip', '--python', python]
      : [python, '-I', '-m', 'pip'];
  const venv = [interpreter.path, '-I', '-m', 'venv'];
  const make = installer.kind === 'pip' ? [...venv, '--without-pip', folder] : [...venv, folder];
  const options = [
    '--disable-pip-version-check',
    '--no-input',
    '--prefer-binary',
    ...(requirement.ignoreRequiresPython === true ? ['--ignore-requires-python'] : []),
  ];
  const install = [...pip, 'install', ...options, '--no-warn-script-location', ...wanted];
  return [
    { tool: 'python', command: make },
    ...(isEmpty ? [] : [{ tool: 'pip' as const, command: install }]),
  ];
}

/** A lock with hashes is the whole truth; one without still has to satisfy what was asked for. */
export function requirementArguments(requirement: PythonRequirement, folder: string): string[] {
  const file = (name: string, lines: readonly string[] | null) =>
    lines === null || lines.length === 0 ? null : join(folder, name);
  const wanted = file('requirements.txt', requirement.requirements);
  const lock = file('lock.txt', requirement.lock);
  const constraints = file('constraints.txt', requirement.constraints);
  if (lock !== null && isHashed(requirement)) return ['--require-hashes', '-r', lock];
  return [
    ...(lock === null ? [] : ['-r', lock]),
    ...(wanted === null ? [] : ['-r', wanted]),
    ...(constraints === null ? [] : ['-c', constraints]),
  ];
}

const isHashed = ({ lock }: PythonRequirement): boolean =>
  lock?.some((line) => line.includes('--hash=')) ?? false;

/** Writes the requirement files and local packages into the folder that is about to be built. */
export async function preparePython(requirement: PythonRequirement, folder: string): Promise<void> {
  const files = {
    'requirements.txt': requirement.requirements,
    'lock.txt': requirement.lock ?? [],
    'constraints.txt': requirement.constraints,
  };
  for (const [name, lines] of Object.entries(files)) {
    // oxlint-disable-next-line no-await-in-loop -- three small files
    if (lines.length > 0) await writeFile(join(folder, name), `${lines.join('\n')}\n`);
  }
  await copyPackages(requirement.files, folder);
}
