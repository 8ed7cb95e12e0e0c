import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Json, JsonObject } from '@capstan/protocol';
import {
  canonicalHash,
  type InstalledCapability,
  parseManifest,
} from '../../src/capabilities/index.ts';
import { systemClock } from '../../src/clock.ts';
import { HostError } from '../../src/errors.ts';
import { type InstanceRecords, Instances, type Surroundings } from '../../src/instances/index.ts';
import { workspacePaths } from '../../src/paths.ts';
import type { AttemptContext, ResourceUsage } from '../../src/queue/index.ts';
import { Monitor } from '../../src/resources/index.ts';
import { Redactor } from '../../src/secrets/index.ts';
import type { DiagnosticLine, EventSpec, InstanceRow, JobRow } from '../../src/stores/index.ts';
import { fixtureNames, fixtureSpec, temporaryFolder, testGuard } from '../workers/fixtures.ts';

/** A host's instances whose capabilities are the worker fixtures, each under its file's name. */
export interface World {
  instances: Instances;
  events: EventSpec[];
  output: Omit<DiagnosticLine, 'ts'>[];
  records: ReturnType<typeof memoryRecords>;
  paths: ReturnType<typeof workspacePaths>;
  /** What happened to the workers so far, in order: `worker_spawned`, … */
  told(): string[];
  eventOf(type: string): JsonObject;
}

/** `changes` may be changed later: that is what is declared then. */
export function world(
  t: TestContext,
  changes: Partial<InstalledCapability> = {},
  around: Partial<Surroundings> = {},
): World {
  const root = temporaryFolder(t);
  const paths = workspacePaths(root);
  const runtimeDir = temporaryFolder(t);
  const guard = testGuard(t);
  const records = memoryRecords();
  const declared = capabilities();
  const events: EventSpec[] = [];
  const output: Omit<DiagnosticLine, 'ts'>[] = [];
  const instances = new Instances({
    capabilityOf: (name) => {
      if (name === 'not-installed')
        throw new HostError('CAPABILITY_NOT_INSTALLED', 'no such thing');
      return { ...installedFixture(name, { guard, runtimeDir }, paths.dataDir), ...changes };
    },
    declared: () => ({ capabilities: declared, instances: declaredIn(changes) }),
    records,
    variablesOf: async (_, __, overrides) => ({
      secrets: {},
      env: { ...overrides },
      withheld: [],
      exported: [],
      missing: [],
      warnings: [],
      redactor: new Redactor(),
    }),
    paths,
    modelsDir: root,
    runtimeDir,
    guard,
    monitor: new Monitor({ env: {} }),
    clock: systemClock,
    cancelGraceMs: 200,
    ...around,
    onEvent: (event) => events.push(event),
    onOutput: (line) => output.push(line),
  });
  t.after(() => instances.stopAll({ cleanupMs: 0, stdinMs: 0, termMs: 0 }));
  return {
    instances,
    events,
    output,
    records,
    paths,
    told: () => events.map(({ eventType }) => eventType),
    eventOf: (type) => events.findLast(({ eventType }) => eventType === type)?.payload ?? {},
  };
}

/** Every fixture, and one that is declared but not installed. */
const capabilities = (): string[] => [...fixtureNames(), 'not-installed'];

/** Instances that a test declares are those of `well-behaved`. */
const declaredIn = ({ instances = [] }: Partial<InstalledCapability>): { [id: string]: string } =>
  Object.fromEntries(instances.map(({ id }) => [id, 'well-behaved']));

/** The records of a host in memory; `refuseNext` makes the next change fail as a full disk would. */
export function memoryRecords(): InstanceRecords & {
  refuseNext: () => void;
  damage: (id: string, problem: string) => void;
} {
  const rows = new Map<string, InstanceRow>();
  let refuses = false;
  const blank = (instanceId: string, capability: string | null): InstanceRow => ({
    instanceId,
    capability,
    enabled: true,
    config: null,
    configWhole: false,
    env: null,
    changedAt: '2026-01-01T00:00:00.000Z',
  });
  const change = (id: string, capability: string | null, to: Partial<InstanceRow>): void => {
    if (refuses) {
      refuses = false;
      throw new HostError('STORE_WEDGED', 'the disk is full');
    }
    rows.set(id, { ...(rows.get(id) ?? blank(id, capability)), ...to });
  };
  return {
    refuseNext: () => (refuses = true),
    damage: (id, problem) => void rows.set(id, { ...blank(id, id), problem }),
    all: () => [...rows.values()],
    one: (id) => rows.get(id) ?? null,
    isEnabled: (id) => rows.get(id)?.enabled !== false,
    configure: async ({ instance, capability, config, whole }) =>
      change(instance, capability, { config, configWhole: whole }),
    setEnv: async ({ instance, capability, env }) => change(instance, capability, { env }),
    forget: async ({ instance }) => ({ forgotten: rows.delete(instance) }),
  };
}

export function installedFixture(
  name: string,
  around: Parameters<typeof fixtureSpec>[1],
  dataDir: string,
): InstalledCapability {
  const { command, env } = fixtureSpec(name, around);
  const cwd = join(dataDir, name);
  mkdirSync(cwd, { recursive: true });
  return {
    name,
    manifest: parseManifest(manifestText(name), `${dataDir}/${name}.json`),
    dialect: 'capstan',
    config: {},
    configSchema: undefined,
    lenient: false,
    instances: [],
    workerEnv: [],
    lockHash: '',
    sdk: { name: '', version: '' },
    adapters: [],
    offered: [],
    examinesDrift: true,
    idleMs: 60_000,
    silenceMs: 60_000,
    slots: 1,
    command,
    cwd,
    module: name,
    class: '',
    env,
    actions: {},
    tasks: {},
  };
}

const schema = { type: 'object', properties: { rate: { type: 'number', default: 1 } } };

const manifestText = (name: string): string =>
  JSON.stringify({
    format_version: '2.0',
    install: { python_path: '/usr/bin/python3' },
    code: {
      name,
      version: '1.2.3',
      description: 'a fixture',
      module: name,
      class: 'Fixture',
      config_schema: schema,
    },
    drift_tracking: { config_schema_hash: canonicalHash(schema) },
  });

let calls = 0;

/** An attempt whose signal the test can abort, and which remembers what it was told. */
export function attempt() {
  const controller = new AbortController();
  const progress = Promise.withResolvers<string>();
  const phases: string[] = [];
  const accounts: [string, JsonObject][] = [];
  const chunks: Json[] = [];
  const resources: ResourceUsage[] = [];
  const forced = Promise.withResolvers<void>();
  const heard: AttemptContext = {
    attempt: 1,
    callId: `call_${++calls}`,
    signal: controller.signal,
    onProgress: (_, message) => progress.resolve(message),
    onAccount: (type, payload) => void accounts.push([type, payload]),
    onChunk: (value) => void chunks.push(value),
    onSession: () => {},
    onPhase: (text) => phases.push(text),
    onForce: () => forced.resolve(),
    wantsResources: () => true,
    onResources: (usage) => resources.push(usage),
  };
  return {
    ...heard,
    controller,
    phases,
    accounts,
    chunks,
    resources,
    firstProgress: progress.promise,
    forced: forced.promise,
  };
}

export const job = (capability: string, action: string, more: Partial<JobRow> = {}): JobRow => ({
  jobId: 'job_1',
  state: 'running',
  capability,
  instance: null,
  stream: false,
  action,
  task: null,
  method: null,
  input: {},
  effects: 'pure',
  priority: 0,
  runId: 'run_1',
  nodeId: 'node',
  actor: null,
  idempotencyKey: null,
  deadlineMs: null,
  expiresAt: null,
  notBefore: null,
  retry: null,
  control: null,
  cancelPhase: null,
  attempt: 1,
  waitReason: null,
  cancelRequested: false,
  submittedAt: '2026-01-01T00:00:00.000Z',
  startedAt: null,
  finishedAt: null,
  result: null,
  error: null,
  session: null,
  resources: null,
  ...more,
});
