import { access, constants } from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaults } from '../defaults.ts';
import type { MachinePaths } from '../paths.ts';
import { Interpreters } from './interpreters.ts';
import { runTool } from './run-tool.ts';
import { locateSdk, type SdkIdentity, type SdkLocations, sdkIdentity } from './sdk.ts';
import { childEnvironment } from './variables.ts';

type Variables = { readonly [name: string]: string | undefined };

/**
 * This machine as environments see it: its variables, its folders, and the programs found on it. Answers
 * are remembered, so make a new one for each installation rather than one for a process.
 */
export class Machine {
  readonly env: Variables;
  readonly paths: Pick<MachinePaths, 'environmentsDir' | 'toolsDir'>;
  readonly interpreters: Interpreters;
  readonly sdk: SdkLocations;
  readonly #versions = new Map<string, Promise<string | null>>();
  readonly #identities = new Map<string, Promise<SdkIdentity>>();

  constructor(env: Variables, paths: Pick<MachinePaths, 'environmentsDir' | 'toolsDir'>) {
    this.env = env;
    this.paths = paths;
    this.interpreters = new Interpreters(env);
    this.sdk = locateSdk();
  }

  /** Built environments run on one kind of machine only. */
  get platform(): string {
    return `${platform()}-${arch()}`;
  }

  /** The Node that runs workers: the host's own, never an older one that happens to be on the PATH. */
  get node(): { path: string; version: string } {
    return { path: process.execPath, version: process.versions.node };
  }

  sdkIdentity(kind: 'python' | 'node'): Promise<SdkIdentity> {
    const known = this.#identities.get(kind) ?? sdkIdentity(kind, this.sdk);
    this.#identities.set(kind, known);
    return known;
  }

  /** The absolute path of a program on the PATH, or null. */
  async which(name: string): Promise<string | null> {
    for (const folder of (this.env['PATH'] ?? '').split(':')) {
      const path = join(folder, name);
      // oxlint-disable-next-line no-await-in-loop -- the first one on the PATH counts
      if (folder.startsWith('/') && (await isExecutable(path))) return path;
    }
    return null;
  }

  /** What a program says to `--version`, or null when it is absent or does not work. */
  versionOf(path: string): Promise<string | null> {
    const known = this.#versions.get(path) ?? askVersion(path, this.env);
    this.#versions.set(path, known);
    return known;
  }
}

export const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

async function askVersion(path: string, env: Variables): Promise<string | null> {
  if (!(await isExecutable(path))) return null;
  const end = await runTool({
    command: [path, '--version'],
    cwd: tmpdir(),
    env: childEnvironment(env),
    timeoutMs: defaults.probeMs,
  });
  if (end.kind !== 'exited' || end.code !== 0) return null;
  return /\d+(\.\d+)+/.exec(end.stdout)?.[0] ?? null;
}
