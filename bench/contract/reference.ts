import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Asked } from '../systems/asked.ts';

/** The published reference (cjm-substrate), driven through its own proxy by its own Python. */
export const startReference = (python: string): Asked =>
  new Asked('the reference', [python, join(import.meta.dirname, 'reference', 'driver.py')]);

/**
 * A Python that has the reference: the one named, else the package is installed from its registry into an
 * environment of its own. It asks for Python 3.12 and its code runs on 3.11.
 */
export function referencePython(folder: string, named: string | undefined): string {
  if (named !== undefined && existsSync(named)) return named;
  const venv = join(folder, 'reference');
  execFileSync('python3', ['-m', 'venv', venv]);
  const python = join(venv, 'bin', 'python');
  execFileSync(
    python,
    ['-m', 'pip', 'install', '--quiet', '--ignore-requires-python', 'cjm-substrate==0.0.74'],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  return python;
}
