import { mkdir } from 'node:fs/promises';
import type { JsonObject } from '@capstan/protocol';
import type { InstalledCapability } from '../capabilities/index.ts';
import { HostError, messageOf } from '../errors.ts';
import { killAtOnce, startWorker, type LiveWorker, type WorkerSpec } from '../workers/index.ts';
import { initialize } from './initialize.ts';
import { diagnosticLine, type JobsByCall } from './output.ts';
import type { Surroundings } from './surroundings.ts';

export interface Launch {
  capability: InstalledCapability;
  around: Surroundings;
  jobs: JobsByCall;
  /** Aborting kills what was started so far. */
  signal: AbortSignal;
  onPhase: (text: string) => void;
  /** Journals something about the worker of this session. */
  tell: (eventType: string, session: string, payload: JsonObject) => void;
}

/** Starts a worker and hands it its configuration. When it rejects, nothing is left running. */
export async function launch(plan: Launch): Promise<LiveWorker> {
  const { capability, onPhase } = plan;
  onPhase(`starting ${capability.name}`);
  const worker = await start(plan);
  onPhase(`initializing ${capability.name}`);
  await configure(plan, worker);
  return worker;
}

async function start(plan: Launch): Promise<LiveWorker> {
  const { around, tell } = plan;
  const startedMs = around.clock.monotonicMs();
  const spawned = { session: '' };
  await mkdir(around.paths.callsDir, { recursive: true });
  try {
    const worker = await startWorker(specOf(plan, spawned));
    const waitMs = Math.round(around.clock.monotonicMs() - startedMs);
    tell('worker_ready', worker.session, { waitMs });
    return worker;
  } catch (error) {
    if (spawned.session !== '') tell('worker_died', spawned.session, startDeath(error));
    throw error;
  }
}

async function configure({ capability, signal, onPhase, tell }: Launch, worker: LiveWorker) {
  try {
    await initialize(worker, capability, onPhase, signal);
  } catch (error) {
    const { code, signal: endSignal } = await worker.stop(killAtOnce);
    const message = firstLine(error);
    tell('worker_died', worker.session, { phase: 'initialize', code, signal: endSignal, message });
    throw error;
  }
  const keys = Object.keys(capability.config);
  tell('config_applied', worker.session, { phase: 'load', keys });
}

function specOf(plan: Launch, spawned: { session: string }): WorkerSpec {
  const { capability, around, jobs, signal, tell } = plan;
  const { name, manifest, command, cwd, env, module, adapters } = capability;
  const environment = manifest.capstan?.environment.path;
  return {
    label: name,
    command,
    cwd,
    env,
    runtimeDir: around.runtimeDir,
    guard: around.guard,
    signal,
    start: {
      module,
      class: capability.class,
      adapters,
      dirs: { data: cwd, models: around.modelsDir, calls: around.paths.callsDir },
      secrets: {},
      logLevel: 'info',
    },
    onSpawned: (session, pid) => {
      spawned.session = session;
      const { version } = manifest.code;
      // The names of the variables only: their values may be nobody's business.
      tell('worker_spawned', session, { pid, module, version, env: Object.keys(env) });
    },
    onOutput: (line) => around.onOutput(diagnosticLine(line, name, spawned.session, jobs)),
    diagnose: async () =>
      environment === undefined ? [] : ((await around.diagnose?.(environment)) ?? []),
  };
}

function startDeath(error: unknown): JsonObject {
  const { exitCode, signal } = error instanceof HostError ? error.details : {};
  return {
    phase: 'start',
    code: typeof exitCode === 'number' ? exitCode : null,
    signal: typeof signal === 'string' ? signal : null,
    message: firstLine(error),
  };
}

const firstLine = (error: unknown): string => messageOf(error).split('\n', 1)[0] ?? '';
