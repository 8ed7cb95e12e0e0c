import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type InstalledCapability,
  installCapabilities,
  loadInstalled,
  readWorkspace,
} from '../host/src/capabilities/index.ts';
import { machinePaths } from '../host/src/paths.ts';
import { Guard, type WorkerSpec } from '../host/src/workers/index.ts';

/** The empty capabilities, really installed into environments of their own, in a throw-away workspace. */
export interface Subjects {
  folder: string;
  node: WorkerSpec;
  python: WorkerSpec;
  guard: Guard;
}

export async function installSubjects(): Promise<Subjects> {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-bench-'));
  cpSync(join(import.meta.dirname, 'subjects'), folder, { recursive: true });
  const env = { ...process.env, XDG_DATA_HOME: join(folder, 'data') };
  const workspace = await readWorkspace(folder);
  await installCapabilities(workspace, {
    env,
    paths: machinePaths(env),
    consent: () => Promise.resolve(false),
    onProgress: () => {},
  });
  const { installed, problems } = await loadInstalled(workspace, env);
  if (problems[0] !== undefined) throw problems[0];
  const guard = new Guard({ hostId: 'bench', workspace: folder });
  const specOf = (name: string): WorkerSpec => {
    const capability = installed.get(name);
    if (capability === undefined) throw new Error(`${name} was not installed`);
    return workerSpec(capability, folder, guard);
  };
  return { folder, guard, node: specOf('empty-node'), python: specOf('empty-python') };
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

/** The interpreter of the Python environment, for a floor that runs on the same one. */
export const pythonOf = ({ python }: Subjects): string => python.command[0] ?? 'python3';
