import { cpSync } from 'node:fs';
import { join } from 'node:path';
import {
  type InstalledCapability,
  installCapabilities,
  loadInstalled,
  readWorkspace,
} from '../host/src/capabilities/index.ts';
import { machinePaths } from '../host/src/paths.ts';
import { Guard, type WorkerSpec } from '../host/src/workers/index.ts';

/** Capabilities that were really installed, into environments of their own. */
export interface Installed {
  guard: Guard;
  specOf: (name: string) => WorkerSpec;
}

/** Copies a workspace into a folder and installs all that it declares. */
export async function installWorkspace(from: string, folder: string): Promise<Installed> {
  cpSync(from, folder, { recursive: true });
  const env = { ...process.env, XDG_DATA_HOME: join(folder, 'data') };
  const workspace = await readWorkspace(folder);
  const { capabilities } = await installCapabilities(workspace, {
    env,
    paths: machinePaths(env),
    consent: () => Promise.resolve(false),
    onProgress: () => {},
  });
  for (const { error } of capabilities) if (error !== null) throw error;
  const { installed, problems } = await loadInstalled(workspace, env);
  if (problems[0] !== undefined) throw problems[0];
  const guard = new Guard({ hostId: 'bench', workspace: folder });
  return {
    guard,
    specOf: (name) => {
      const capability = installed.get(name);
      if (capability === undefined) throw new Error(`${name} was not installed`);
      return workerSpec(capability, folder, guard);
    },
  };
}

function workerSpec(capability: InstalledCapability, folder: string, guard: Guard): WorkerSpec {
  const { command, cwd, env, module, name } = capability;
  return {
    command,
    cwd,
    env,
    label: name,
    runtimeDir: join(folder, 'run'),
    guard,
    start: {
      module,
      class: capability.class,
      adapters: [],
      dirs: { data: cwd, models: folder, calls: join(folder, 'calls') },
      secrets: {},
      logLevel: 'info',
    },
  };
}
