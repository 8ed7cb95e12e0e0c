import { mkdir } from 'node:fs/promises';
import type { JsonObject } from '@capstan/protocol';
import { type InstalledCapability, passwordsIn } from '../capabilities/index.ts';
import { mustHaveAll, spawnEnvironment, type WorkerVariables } from '../capabilities/worker-env.ts';
import { defaults } from '../defaults.ts';
import { HostError, messageOf } from '../errors.ts';
import { Redactor } from '../secrets/index.ts';
import { killAtOnce, type LiveWorker, startWorker, type WorkerSpec } from '../workers/index.ts';
import { initialize } from './initialize.ts';
import { suspicions } from './notices.ts';
import { diagnosticLine, type JobsByCall } from './output.ts';
import type { Setup } from './setup.ts';
import type { Surroundings } from './surroundings.ts';
import { Tenure } from './tenure.ts';
import { tell, warn } from './voice.ts';

export interface Launch {
  setup: Setup;
  phase: 'load' | 'reload';
  around: Surroundings;
  jobs: JobsByCall;
  /** Aborting kills what was started so far. */
  signal: AbortSignal;
  onPhase: (text: string) => void;
}

type Place = { readonly [name: string]: string };

/** Starts a worker and hands it its configuration. When it rejects, nothing is left running. */
export async function launch(plan: Launch): Promise<Tenure> {
  const { setup, around, onPhase } = plan;
  onPhase(`starting ${setup.id}`);
  const variables = await around.variablesOf(setup.capability, setup.id, setup.env);
  mustHaveAll(setup.capability.name, setup.id, variables.missing);
  const place = (await around.placeOf?.(setup.id)) ?? {};
  const worker = await start(plan, variables, place);
  for (const text of [...setup.warnings, ...variables.warnings]) {
    warn(around, setup, worker.session, `${setup.id}: ${text}`);
  }
  onPhase(`initializing ${setup.id}`);
  await configure(plan, worker);
  return new Tenure(worker, setup);
}

async function start(plan: Launch, variables: WorkerVariables, place: Place): Promise<LiveWorker> {
  const { around, setup } = plan;
  const startedMs = around.clock.monotonicMs();
  const spawned = { session: '' };
  await mkdir(around.paths.callsDir, { recursive: true });
  try {
    const worker = await startWorker(specOf(plan, variables, place, spawned));
    const waitMs = Math.round(around.clock.monotonicMs() - startedMs);
    tell(around, setup, 'worker_ready', worker.session, { waitMs });
    return worker;
  } catch (error) {
    if (spawned.session !== '') {
      tell(around, setup, 'worker_died', spawned.session, startDeath(error));
    }
    throw error;
  }
}

async function configure(plan: Launch, worker: LiveWorker): Promise<void> {
  const { setup, around, signal, onPhase, phase } = plan;
  const { session } = worker;
  try {
    await initialize(worker, setup, onPhase, signal);
  } catch (error) {
    const { code, signal: endSignal } = await worker.stop(killAtOnce);
    const payload = { phase: 'initialize', code, signal: endSignal, message: firstLine(error) };
    tell(around, setup, 'worker_died', session, payload);
    throw error;
  }
  const { adapters } = setup.capability;
  if (adapters.length > 0) tell(around, setup, 'adapter_bound', session, { specs: adapters });
  const enabled = around.records.isEnabled(setup.id);
  tell(around, setup, 'config_applied', session, { phase, keys: givenKeys(setup), enabled });
}

/** Settings that somebody set; the others are as the capability has them. */
export const givenKeys = ({ sources }: Setup): string[] =>
  Object.entries(sources)
    .filter(([, source]) => source !== 'default')
    .map(([key]) => key);

function specOf(
  plan: Launch,
  variables: WorkerVariables,
  place: Place,
  spawned: { session: string },
): WorkerSpec {
  const { setup, around, jobs, signal } = plan;
  const { name, manifest, command, cwd, module, adapters, dialect } = setup.capability;
  // What somebody has set by hand counts.
  const env = { ...place, ...spawnEnvironment(setup.capability.env, variables) };
  const environment = manifest.capstan?.environment.path;
  return {
    label: setup.id,
    dialect,
    outputOf: outputOf(setup.capability),
    redactor: redactorOf(variables, setup),
    command,
    cwd,
    env,
    runtimeDir: around.runtimeDir,
    guard: around.guard,
    signal,
    start: {
      module,
      class: setup.capability.class,
      adapters,
      dirs: { data: cwd, models: around.modelsDir, calls: around.paths.callsDir },
      secrets: variables.secrets,
      exported: variables.exported,
      logLevel: 'info',
      tracebacks: setup.capability.tracebacks ?? defaults.tracebacks,
    },
    onSpawned: (session, pid) => {
      spawned.session = session;
      const { version } = manifest.code;
      // The names of the variables only: their values may be nobody's business.
      const payload: JsonObject = { pid, module, version, env: Object.keys(env) };
      tell(around, setup, 'worker_spawned', session, payload);
    },
    onOutput: (line) => around.onOutput(diagnosticLine(line, name, spawned.session, jobs)),
    diagnose: async () => [
      ...(environment === undefined ? [] : ((await around.diagnose?.(environment)) ?? [])),
      ...(await suspicions(setup.capability)),
    ],
  };
}

/** Knows the secrets of the worker, and settings that are passwords. */
function redactorOf(
  { secrets, redactor }: WorkerVariables,
  { config, capability }: Setup,
): Redactor {
  const passwords = passwordsIn(config, capability.configSchema);
  return Object.keys(passwords).length === 0
    ? redactor
    : new Redactor({ ...passwords, ...secrets });
}

/** Looks up what is declared of a call's answer. */
const outputOf =
  ({ actions, tasks }: InstalledCapability): NonNullable<WorkerSpec['outputOf']> =>
  (target) => {
    const found =
      'task' in target ? tasks[target.task]?.methods[target.method] : actions[target.action];
    return found?.output ?? null;
  };

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
