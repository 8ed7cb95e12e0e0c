import type { CondaKind } from './conda/kinds.ts';

/**
 * What a capability asks its environment to hold, with every file it names already read: two requirements
 * with equal data describe the same environment, wherever the files that said so lay.
 */
export type EnvironmentRequirement =
  | NpmRequirement
  | PythonRequirement
  | CondaRequirement
  | CommandRequirement;
export type EnvironmentKind = EnvironmentRequirement['kind'];

export interface NpmRequirement {
  kind: 'npm';
  /** As npm takes them: `marked@16`, `@scope/name`, a git URL. */
  packages: string[];
  /** Tarballs on this disk, installed as packages. */
  files: LocalPackage[];
  /** The dependency part of a source folder's own `package.json`. */
  packageJson: PackageJson | null;
  /** Text of a `package-lock.json`; with it the tree is exactly that one (`npm ci`). */
  lock: string | null;
  /** Packages whose install scripts run, by name; those of all others never do. */
  allowScripts?: string[];
}

export interface PythonRequirement {
  kind: 'uv' | 'venv';
  /** A range such as `>=3.10,<3.13`, or a version such as `3.11`. */
  python: string;
  /** Lines of a requirements file, without comments, without references to other files. */
  requirements: string[];
  constraints: string[];
  files: LocalPackage[];
  /** Lines of a fully pinned requirements file. */
  lock: string[] | null;
  /** Packages are installed also where they say that they need another Python. Only there when true. */
  ignoreRequiresPython?: true;
}

export interface CondaRequirement {
  kind: CondaKind;
  /** Which Python, as for the others; null where an environment file decides. */
  python: string | null;
  /** In order of preference: names, or addresses (`file://` too). */
  channels: string[];
  /** Match specs: `ffmpeg`, `numpy=1.26`, `conda-forge::gdal>=3.8`. */
  packages: string[];
  /** Packages from PyPI, installed last by the environment's own pip. */
  requirements: string[];
  constraints: string[];
  files: LocalPackage[];
  /** Text of the user's own `pixi.toml`. */
  manifest: string | null;
  /** Text of a `pixi.lock`, or of what `conda list --explicit --md5` prints. */
  lock: string | null;
  /** The program to build with, as declared; null to look for one. Not part of what the environment is. */
  tool: string | null;
  /** `.capstan/tools` of the workspace, the first place to look. */
  toolsDir: string;
  /** What its environment file says and we leave out, in sentences. */
  notes: string[];
}

export interface CommandRequirement {
  kind: 'command';
  /** The package that brings the executable; null when it is looked up on the PATH. */
  package: CommandPackage | null;
}

export interface CommandPackage {
  requirement: NpmRequirement | PythonRequirement;
  /** Where the executable lies in the environment; may hold `*`. */
  path: string;
}

/** A package file or folder on this disk. Its content, not its place, makes the environment what it is. */
export interface LocalPackage {
  path: string;
  sha256: string;
}

/** The members of a `package.json` that decide what npm installs. */
export interface PackageJson {
  name?: string;
  version?: string;
  dependencies?: { [name: string]: string };
  devDependencies?: { [name: string]: string };
  optionalDependencies?: { [name: string]: string };
  peerDependencies?: { [name: string]: string };
  overrides?: object;
}
