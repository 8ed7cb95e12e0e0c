/**
 * What a capability asks its environment to hold, with every file it names already read: two requirements
 * with equal data describe the same environment, wherever the files that said so lay.
 */
export type EnvironmentRequirement = NpmRequirement | PythonRequirement | CommandRequirement;
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
