import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  type InstalledCapability,
  loadInstalled,
  readWorkspace,
} from '../../host/src/capabilities/index.ts';
import {
  Guard,
  type LiveWorker,
  startWorker,
  type WorkerSpec,
} from '../../host/src/workers/index.ts';
import { environmentOf } from './workspace.ts';

/** The capabilities that were installed into a workspace, for whoever starts their workers without a host. */
export interface Installed {
  guard: Guard;
  specOf: (name: string) => WorkerSpec;
  /** A worker that takes calls. */
  start: (name: string) => Promise<LiveWorker>;
}

export async function openInstalled(folder: string): Promise<Installed> {
  const workspace = await readWorkspace(folder);
  const { installed, problems } = await loadInstalled(workspace, environmentOf(folder));
  if (problems[0] !== undefined) throw problems[0];
  // A guard's last sweep kills whatever carries its mark: one for each, or benches end the workers of each other.
  // Nor is it the workspace's own: a host that is opened there ends what an earlier one has left.
  const guard = new Guard({ hostId: `bench_${randomUUID()}`, workspace: `${folder} direct` });
  const specOf = (name: string): WorkerSpec => {
    const capability = installed.get(name);
    if (capability === undefined) throw new Error(`${name} was not installed`);
    return workerSpec(capability, folder, guard);
  };
  return {
    guard,
    specOf,
    start: async (name) => {
      const worker = await startWorker(specOf(name));
      await worker.request('POST', '/initialize', {});
      return worker;
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
