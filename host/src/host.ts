import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { type Clock, systemClock } from './clock.ts';
import { Runs } from './compositions/index.ts';
import { defaults } from './defaults.ts';
import { diagnoseEnvironment } from './environments/index.ts';
import { HostError } from './errors.ts';
import { failPoint } from './fail-points.ts';
import { hostLeases, machineLedgerThread } from './host-leases.ts';
import { Host } from './host-surface.ts';
import { newId } from './ids.ts';
import type { InstalledCatalog } from './installed-catalog.ts';
import { type InstanceRecords, Instances, removeOldCallDirs } from './instances/index.ts';
import { jobAdmission, tellAdmission } from './job-admission.ts';
import { LiveCatalog } from './live-catalog.ts';
import { machinePaths, type WorkspacePaths, workspacePaths } from './paths.ts';
import { type HostEvent, Queue } from './queue/index.ts';
import { Monitor } from './resources/index.ts';
import { Diagnostics, HostLock, type RecoveryReport, StateStore } from './stores/index.ts';
import { version } from './version.ts';
import { WorkspaceSecrets } from './workspace-secrets.ts';
import { findLeftovers as findMarked, Guard, sweepLeftovers } from './workers/index.ts';

export interface HostOptions {
  /** The folder that holds `capstan.yaml`. */
  root: string;
  env: { readonly [name: string]: string | undefined };
  /** Hears everything from the recovery on. */
  onEvent?: (event: HostEvent) => void;
  /** What is installed, from `refreshedCatalog` or `readCatalog`; read as it is when absent. */
  catalog?: InstalledCatalog;
  /** Unlocks the secrets, where a passphrase does. */
  secretsPassphrase?: string;
  /** Locked secrets may still be unlocked over the control socket: what needs them waits instead of failing. */
  waitsForUnlock?: boolean;
  /** False: take the workspace and its state, but start nothing; for changes made while no host runs. */
  dispatch?: boolean;
  /**
   * Accept a state file on a network filesystem, whose locks and syncs may lie. `CAPSTAN_ALLOW_NETWORK_FS=1`
   * does the same.
   */
  allowNetworkFilesystem?: boolean;
}

/**
 * The owner of a workspace for as long as it is open. Opening takes the workspace's lock, ends what an
 * earlier host left behind, recovers its unfinished work and goes on with it. Throws WORKSPACE_BUSY,
 * DECLARATION_INVALID, STORE_CORRUPT, STORE_NEWER, STORE_ON_NETWORK_FS.
 */
export async function openHost(options: HostOptions): Promise<Host> {
  const root = await realpath(options.root);
  const paths = workspacePaths(root);
  const lock = HostLock.acquire(paths, {
    nowMs: systemClock.nowMs(),
    command: 'capstan',
  });
  const opened = new Opened();
  opened.onClose(() => lock.release());
  try {
    return await assemble({ ...options, root }, paths, lock, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Processes that outlived the hosts of a workspace, or `busy` while a host of it is running. */
export async function findLeftovers(root: string): Promise<number[] | 'busy'> {
  const resolved = await realpath(root);
  const paths = workspacePaths(resolved);
  if (!existsSync(paths.lockDb)) return [];
  try {
    const lock = HostLock.acquire(paths, { nowMs: systemClock.nowMs(), command: 'capstan doctor' });
    return await findMarked(markOf(resolved), []).finally(() => lock.release());
  } catch (error) {
    if (error instanceof HostError && error.code === 'WORKSPACE_BUSY') return 'busy';
    throw error;
  }
}

/** Names a workspace in the environment of its processes without telling its path. */
const markOf = (root: string): string =>
  createHash('sha256').update(root).digest('hex').slice(0, 16);

/** What has been opened so far, closed in the opposite order. */
class Opened {
  readonly #closers: (() => unknown)[] = [];

  onClose(closer: () => unknown): void {
    this.#closers.push(closer);
  }

  async close(): Promise<void> {
    for (const closer of this.#closers.splice(0).toReversed()) {
      // oxlint-disable-next-line no-await-in-loop -- each rests on those before it
      await closer();
    }
  }
}

/** The one place where the parts of the host meet. */
async function assemble(
  options: HostOptions,
  paths: WorkspacePaths,
  lock: HostLock,
  opened: Opened,
): Promise<Host> {
  const { root, env, onEvent, dispatch = true } = options;
  const clock: Clock = systemClock;
  const machine = machinePaths(env);
  const catalog = await LiveCatalog.open(root, env, options.catalog);
  const allowNetworkFilesystem =
    options.allowNetworkFilesystem ?? env['CAPSTAN_ALLOW_NETWORK_FS'] === '1';

  const store = await StateStore.open({
    paths,
    clock,
    binder: binderModule,
    allowNetworkFilesystem,
  });
  opened.onClose(() => store.close());
  const diagnostics = new Diagnostics(paths.diagnosticsDb, clock);
  opened.onClose(() => diagnostics.close());
  store.onWarning = (message) =>
    diagnostics.add({ source: 'record', level: 'warning', logger: 'capstan.store', message });

  const hostId = newId('host');
  const workspace = markOf(root);
  const swept = await sweepLeftovers(workspace, [hostId], machine.runtimeDir);
  failPoint('recover.after-sweep');
  await removeOldCallDirs(paths.callsDir);
  const guard = new Guard({ hostId, workspace });
  opened.onClose(() => guard.close());

  const { waitsForUnlock = false, secretsPassphrase } = options;
  const { modelsDir } = machine;
  const secrets = new WorkspaceSecrets({ paths, modelsDir, env, waitsForUnlock });
  if (secretsPassphrase !== undefined) await secrets.unlock(secretsPassphrase);
  await secrets.look();

  const monitor = new Monitor({
    env,
    disks: [root],
    capability: {
      name: () => catalog.current.declared.monitor,
      ask: (name, method) => instances.askMonitor(name, method),
    },
  });
  const instances = new Instances({
    variablesOf: (capability, instance, overrides) =>
      secrets.variablesOf(capability, instance, overrides),
    capabilityOf: (name) => catalog.capabilityOf(name),
    declared: () => catalog.current.declared,
    records: recordsIn(store),
    paths,
    modelsDir: machine.modelsDir,
    runtimeDir: machine.runtimeDir,
    guard,
    monitor,
    clock,
    placeOf: (instance) => admission.placeOf(instance),
    onEvent: (event) => {
      tellAdmission(admission, event);
      // One that cannot be written wedges the store, which refuses new work and says so.
      store.append([event]).catch(() => {});
    },
    onOutput: (line) => diagnostics.add(line),
    diagnose: diagnoseEnvironment,
  });

  const machineLedger = machineLedgerThread(machine, allowNetworkFilesystem);
  opened.onClose(async () => (await machineLedger.opened()?.catch(() => null))?.close());
  const leases = hostLeases({
    root,
    paths,
    catalog,
    monitor: () => monitor,
    machine: machineLedger.get,
    allowNetworkFilesystem,
  });
  opened.onClose(() => leases.close());
  const ledger = machineLedger.get;
  const shared = { root, clock, store, catalog, monitor, ledger };
  const admission = jobAdmission({ ...shared, instances: () => instances });
  opened.onClose(() => admission.close());

  catalog.instancesFrom(() => instances.ids());
  const queue = new Queue({
    store,
    executor: instances.execute,
    clock,
    lanes: defaults.lanes,
    admission,
    slotsOf: (id) => instances.slotsOf(id),
    refusalOf: (name) => secrets.refusalOf(name, catalog) ?? instances.refusalOf(name),
  });
  // Workers outlive the attempts in them, and the last events outlive both.
  opened.onClose(() => tellEnd(store, hostId));
  opened.onClose(() => instances.stopAll());
  opened.onClose(() => monitor.close());
  opened.onClose(() => queue.stop(0));
  if (onEvent !== undefined) queue.subscribe(onEvent);
  const recovered = await queue.recover();
  tellStart(store, hostId, recovered, swept.length);
  if (dispatch) {
    admission.warm();
    queue.start();
  }

  const runs = new Runs({
    store,
    queue,
    catalog: catalog.catalog,
    mustBeUsable: (names) => catalog.mustBeUsable(names),
  });
  return new Host({
    hostId,
    root,
    recovered,
    store,
    queue,
    runs,
    catalog,
    instances,
    secrets,
    leases,
    monitor,
    env,
    announce: (control) => lock.describe({ control }),
    close: () => opened.close(),
  });
}

/** What was said of instances at run time, as the state file has it. */
const recordsIn = (store: StateStore): InstanceRecords => ({
  all: () => store.reader.instances(),
  one: (id) => store.reader.instance(id),
  isEnabled: (id) => store.reader.instance(id)?.enabled !== false,
  configure: (asked) => store.configureInstance(asked),
  setEnv: (asked) => store.setInstanceEnv(asked),
  forget: (asked) => store.forgetInstance(asked),
});

/** Nobody waits for these: work does not depend on them. */
function tellStart(
  store: StateStore,
  hostId: string,
  { interrupted, rerun, needsDecision, runs, pending }: RecoveryReport,
  swept: number,
): void {
  const recovered = {
    interrupted: interrupted.length,
    rerun: rerun.length,
    needsDecision: needsDecision.length,
    runs: runs.length,
    pending,
    swept,
  };
  const payload = { hostId, pid: process.pid, version, node: process.version, recovered };
  store.append([{ eventType: 'host_started', payload }]).catch(() => {});
}

/** The last row of an orderly end. Not waited for: the store writes it when it closes, if the disk lets it. */
function tellEnd(store: StateStore, hostId: string): void {
  const payload = { hostId, pid: process.pid };
  store.append([{ eventType: 'host_stopped', payload }]).catch(() => {});
}

/** References are bound in the transaction that makes a node's job, so the writer loads this itself. */
const binderModule = new URL(
  import.meta.url.endsWith('.ts') ? './compositions/bind.ts' : './compositions/bind.js',
  import.meta.url,
);
