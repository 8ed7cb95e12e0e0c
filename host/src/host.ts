import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import type { JsonObject } from '@capstan/protocol';
import { type Clock, systemClock } from './clock.ts';
import { type AnyComposition, asSource, type RunReport, Runs } from './compositions/index.ts';
import { defaults } from './defaults.ts';
import { diagnoseEnvironment } from './environments/index.ts';
import { HostError } from './errors.ts';
import { newId } from './ids.ts';
import { type InstalledCatalog, readCatalog } from './installed-catalog.ts';
import { Instances, removeOldCallDirs } from './instances/index.ts';
import { machinePaths, type WorkspacePaths, workspacePaths } from './paths.ts';
import { type HostEvent, Queue } from './queue/index.ts';
import {
  type CancelJobDecision,
  type CancelRunReport,
  Diagnostics,
  HostLock,
  type RecoveryReport,
  StateStore,
} from './stores/index.ts';
import { findLeftovers as findMarked, Guard, sweepLeftovers } from './workers/index.ts';

export interface HostOptions {
  /** The folder that holds `capstan.yaml`. */
  root: string;
  env: { readonly [name: string]: string | undefined };
  /** Hears everything from the recovery on. */
  onEvent?: (event: HostEvent) => void;
  /** What is installed, from `refreshedCatalog` or `readCatalog`; read as it is when absent. */
  catalog?: InstalledCatalog;
  /** False: take the workspace and its state, but start nothing; for changes made while no host runs. */
  dispatch?: boolean;
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
    return await assemble({ ...options, root }, paths, opened);
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
  opened: Opened,
): Promise<Host> {
  const { root, env, onEvent, dispatch = true } = options;
  const clock: Clock = systemClock;
  const machine = machinePaths(env);
  const catalog = options.catalog ?? (await readCatalog(root, env));

  const store = await StateStore.open({ paths, clock, binder: binderModule });
  opened.onClose(() => store.close());
  const diagnostics = new Diagnostics(paths.diagnosticsDb, clock);
  opened.onClose(() => diagnostics.close());

  const hostId = newId('host');
  const workspace = markOf(root);
  await sweepLeftovers(workspace, [hostId], machine.runtimeDir);
  await removeOldCallDirs(paths.callsDir);
  const guard = new Guard({ hostId, workspace });
  opened.onClose(() => guard.close());

  const instances = new Instances({
    capabilityOf: (name) => catalog.capabilityOf(name),
    paths,
    modelsDir: machine.modelsDir,
    runtimeDir: machine.runtimeDir,
    guard,
    clock,
    // An event that cannot be written wedges the store, which refuses new work and says so.
    onEvent: (event) => void store.append([event]).catch(() => {}),
    onOutput: (line) => diagnostics.add(line),
    diagnose: diagnoseEnvironment,
  });
  opened.onClose(() => instances.stopAll());

  const queue = new Queue({
    store,
    executor: instances.execute,
    clock,
    lanes: defaults.lanes,
    slotsOf: (name) => catalog.slotsOf(name),
  });
  opened.onClose(() => queue.stop(0));
  if (onEvent !== undefined) queue.subscribe(onEvent);
  const recovered = await queue.recover();
  if (dispatch) queue.start();

  const runs = new Runs({ store, queue, catalog: catalog.catalog });
  return new Host({ root, recovered, queue, runs, catalog, close: () => opened.close() });
}

/** References are bound in the transaction that makes a node's job, so the writer loads this itself. */
const binderModule = new URL(
  import.meta.url.endsWith('.ts') ? './compositions/bind.ts' : './compositions/bind.js',
  import.meta.url,
);

interface HostParts {
  root: string;
  recovered: RecoveryReport;
  queue: Queue;
  runs: Runs;
  catalog: InstalledCatalog;
  close: () => Promise<void>;
}

export class Host {
  readonly root: string;
  /** What an earlier host left unfinished; it goes on unless dispatching is off. */
  readonly recovered: RecoveryReport;
  readonly #parts: HostParts;
  #closing: Promise<void> | null = null;

  constructor(parts: HostParts) {
    this.root = parts.root;
    this.recovered = parts.recovered;
    this.#parts = parts;
  }

  /**
   * Starts a run, or hands back the unfinished one of the same composition with the same inputs. Throws
   * COMPOSITION_INVALID, INPUT_INVALID, and what makes a used capability unusable.
   */
  runComposition(
    given: AnyComposition,
    inputs: JsonObject,
    options: { cwd: string; fresh?: boolean; actor?: string },
  ): Promise<{ runId: string; resumed: boolean }> {
    const { catalog, runs } = this.#parts;
    const { nodes } = asSource(given).composition;
    catalog.mustBeUsable(Object.values(nodes).map(({ use }) => use));
    const { cwd, fresh = false, actor } = options;
    return runs.submit(given, inputs, {
      cwd,
      resume: !fresh,
      ...(actor === undefined ? {} : { actor }),
    });
  }

  /** The report when the run is over, or waits for a person's decision. Throws JOB_NOT_FOUND. */
  async finished(runId: string): Promise<RunReport> {
    await this.#parts.runs.finished(runId);
    return this.report(runId);
  }

  /** The report at this moment. Throws JOB_NOT_FOUND. */
  report(runId: string): RunReport {
    return this.#parts.runs.report(runId);
  }

  /** Cancels a run or a job, by the look of its id. Throws JOB_NOT_FOUND. */
  cancel(id: string, reason: string): Promise<CancelRunReport | CancelJobDecision> {
    const { queue, runs } = this.#parts;
    return id.startsWith('run_') ? runs.cancel(id, reason) : queue.cancel(id, reason);
  }

  /** A person's answer about a job that `needs_decision`. Throws JOB_NOT_FOUND. */
  async decide(jobId: string, decision: 'rerun' | 'fail', actor: string): Promise<void> {
    await this.#parts.queue.decide(jobId, decision, actor);
  }

  /** Why a pending job does not run yet. */
  whyWaiting(jobId: string): string | null {
    return this.#parts.queue.whyWaiting(jobId);
  }

  subscribe(listener: (event: HostEvent) => void): () => void {
    return this.#parts.queue.subscribe(listener);
  }

  /** Resolves when nothing runs and nothing that could run stands in line. */
  idle(): Promise<void> {
    return this.#parts.queue.idle();
  }

  /**
   * Aborts what runs, ends every worker and gives the workspace back. What was not finished stays accepted
   * and goes on with the next host.
   */
  close(): Promise<void> {
    this.#closing ??= this.#parts.close();
    return this.#closing;
  }
}
