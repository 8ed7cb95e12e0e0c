import type { CondaRequirement } from '../requirement.ts';
import type { CondaKind } from './kinds.ts';

/** Name of the package that a conda match spec is about: `conda-forge::numpy>=1.26` is about `numpy`. */
export const packageOf = (spec: string): string =>
  (/^(?:[^:\s]+::)?([A-Za-z0-9_.-]+)/.exec(spec.trim())?.[1] ?? spec).toLowerCase();

/** A range of Python as conda writes it: `3.11` is any 3.11, as it is for conda's own users. */
export function pythonSpec(range: string): string {
  const text = range.replaceAll(/\s/g, '');
  return /^v?\d/.test(text)
    ? `python=${text.replace(/^v/, '').replace(/\.\*$/, '')}`
    : `python${text}`;
}

/**
 * What the solver is asked for. Our SDK needs a Python, so one is asked for even where nobody named it; and
 * packages from PyPI need a pip inside.
 */
export function condaSpecs(requirement: CondaRequirement): string[] {
  const { packages, python } = requirement;
  const names = new Set(packages.map(packageOf));
  const own = python !== null ? [pythonSpec(python)] : names.has('python') ? [] : ['python>=3.9'];
  const pip = wantsPip(requirement) && !names.has('pip') ? ['pip'] : [];
  return [...own, ...packages, ...pip];
}

export const wantsPip = ({ requirements, files }: CondaRequirement): boolean =>
  requirements.length > 0 || files.length > 0;

/** How many packages a lock pins, on this kind of machine. */
export function lockedCondaCount(kind: CondaKind, lock: string): number {
  const isPackage = kind === 'pixi' ? /^\s*- (conda|pypi): / : /^(https?|file):/;
  const names = lock.split('\n').filter((line) => isPackage.test(line));
  return new Set(names.map((line) => line.trim())).size;
}
