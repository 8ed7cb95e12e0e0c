import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Interpreter, Machine } from '../../src/environments/index.ts';
import { pathsIn, writeFiles } from './workbench.ts';

const maker = fileURLToPath(new URL('../fixtures/environments/conda-channel.py', import.meta.url));

/** A channel of hand-made packages below `folder`, as an address: python, pip, greeting, where-am-i. */
export async function channelIn(folder: string): Promise<string> {
  const machine = new Machine(process.env, pathsIn(folder));
  const python = (await oneDigit(machine)) ?? (await machine.interpreters.find('>=3.9', hasPip));
  if (python === null) throw new Error('these tests need a Python with pip');
  execFileSync(python.path, [maker, join(folder, 'channel')]);
  return pathToFileURL(join(folder, 'channel')).href;
}

const hasPip = ({ pip }: Interpreter): boolean => pip !== null;

/** conda 4.3 reads "3.10" as 3.1, so its noarch packages want a Python with one digit. */
const oneDigit = (machine: Machine) => machine.interpreters.find('3.9', hasPip);

export interface RealConda {
  path: string;
  /** Where it came from, for the test's name. */
  origin: string;
  env: NodeJS.ProcessEnv;
}

/**
 * A real conda: the one on the PATH; else the last that PyPI carries (4.3.16), which runs on Python 3.6 and
 * older. Null where there is neither. It keeps its packages and settings below `folder`.
 */
export async function realConda(folder: string, channel: string): Promise<RealConda | null> {
  const home = join(folder, 'home');
  await writeFiles(home, {
    '.condarc': `default_channels:\n  - ${channel}\nadd_pip_as_python_dependency: false\npkgs_dirs:\n  - ${home}/pkgs\n`,
  });
  const env = { ...process.env, HOME: home, PYENV_ROOT: join(homedir(), '.pyenv') };
  const machine = new Machine(process.env, pathsIn(folder));
  const onPath = await machine.which('conda');
  if (onPath !== null) return { path: onPath, origin: 'the PATH', env };
  const python = globSync(join(homedir(), '.pyenv/versions/3.6.*/bin/python')).at(-1);
  if (python === undefined || (await oneDigit(machine)) === null) return null;
  const venv = join(folder, 'conda');
  execFileSync(python, ['-m', 'venv', venv]);
  const pip = [join(venv, 'bin/python'), '-m', 'pip', 'install', '--quiet'];
  const run = ([program = '', ...args]: string[]) => execFileSync(program, args, { stdio: 'pipe' });
  run([...pip, 'pycosat==0.6.6', 'ruamel.yaml==0.16.13', 'requests==2.27.1']);
  run([...pip, 'conda==4.3.16']);
  // The program that pip installs only says that conda is not meant to be installed by pip.
  const path = join(venv, 'bin', 'real', 'conda');
  const main = 'import sys\nfrom conda.cli import main\nsys.exit(main())\n';
  await writeFiles(join(venv, 'bin', 'real'), { conda: `#!${venv}/bin/python\n${main}` });
  return { path, origin: 'PyPI, 4.3.16', env };
}
