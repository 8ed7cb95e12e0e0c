import { join } from 'node:path';

/** The programs that make environments of conda packages. They share a package format, not a command line. */
export const condaKinds = ['conda', 'mamba', 'micromamba', 'pixi'] as const;
export type CondaKind = (typeof condaKinds)[number];

export const isCondaKind = (kind: string): kind is CondaKind =>
  condaKinds.some((known) => known === kind);

/**
 * Where the packages of such an environment lie. Conda packages carry the path they are installed to, inside
 * programs as well as in text, so this is the folder's final place from the first moment on.
 */
export const prefixOf = (kind: CondaKind, folder: string): string =>
  kind === 'pixi' ? join(folder, '.pixi', 'envs', 'default') : folder;

export const pythonOf = (kind: CondaKind, folder: string): string =>
  join(prefixOf(kind, folder), 'bin', 'python');
