import { existsSync } from 'node:fs';
import { filesIn, type JsonObject, wireValue } from '@capstan/protocol';
import { HostError, invariant } from '../errors.ts';
import type { NodeState } from '../kernel/index.ts';
import type { Queue } from '../queue/index.ts';
import type { CancelRunReport, NodeSpec, RunRow, RunSpec, StateStore } from '../stores/index.ts';
import { type AnyComposition, asSource, checkComposition } from './check.ts';
import { type Catalog, type Composition, isObject } from './composition.ts';
import { readConstantFiles } from './constants.ts';
import { formHash, inputsHash } from './hashes.ts';
import { bindRunInputs } from './inputs.ts';
import { type RunReport, runReport } from './report.ts';
import { findCall } from './validate/call.ts';
import { needsOf } from './validate/order.ts';
import { handFilesWhole } from './whole-files.ts';

export interface RunsOptions {
  store: StateStore;
  queue: Queue;
  catalog: Catalog;
}

export interface SubmitOptions {
  /** Hand back an unfinished run of the same composition with the same inputs instead of starting one. */
  resume: boolean;
  /** What given paths are relative to. */
  cwd: string;
  actor?: string;
}

/**
 * Runs of compositions. What a run is doing is in the store, and the store moves it on: the transaction
 * that ends a job also makes the jobs of the nodes it was the last to hold up. So there is nothing here
 * to lose, and a restart needs only the queue's recovery to go on with every unfinished run.
 */
export class Runs {
  readonly #store: StateStore;
  readonly #queue: Queue;
  readonly #catalog: Catalog;

  constructor({ store, queue, catalog }: RunsOptions) {
    this.#store = store;
    this.#queue = queue;
    this.#catalog = catalog;
  }

  /**
   * Checks everything that can be checked, then writes the run with its first jobs in one transaction;
   * it is accepted when this resolves. Throws COMPOSITION_INVALID, INPUT_INVALID, and what the store does.
   */
  async submit(
    given: AnyComposition,
    inputs: JsonObject,
    options: SubmitOptions,
  ): Promise<{ runId: string; resumed: boolean }> {
    checkComposition(given, this.#catalog);
    const source = asSource(given);
    const folder = source.folder ?? options.cwd;
    const bound = await bindRunInputs(source.composition, inputs, { cwd: options.cwd, folder });
    const whole = handFilesWhole(source.composition, this.#catalog);
    const composition = await readConstantFiles(whole, this.#catalog, folder);
    const spec = runSpec(composition, bound, this.#catalog);
    return this.#store.submitRun({
      ...spec,
      resume: options.resume && this.#canResume(spec),
      ...(options.actor === undefined ? {} : { actor: options.actor }),
    });
  }

  /** A run goes on with the paths it was started with, so they have to be there still. */
  #canResume({ definitionHash, inputsHash: inputs }: Omit<RunSpec, 'resume'>): boolean {
    const runId = this.#store.reader.unfinishedRun(definitionHash, inputs);
    const run = runId === null ? null : this.#store.reader.run(runId);
    if (run === null) return false;
    return filesIn([run.inputs, run.definition]).every(({ path }) => existsSync(path));
  }

  /** Cancels what has not begun and aborts what runs. Throws JOB_NOT_FOUND. */
  cancel(runId: string, reason: string): Promise<CancelRunReport> {
    return this.#queue.cancelRun(runId, reason);
  }

  /**
   * The run when it is over, or when nothing of it can go on before a person decides about a job; its
   * state is `running` only then. Throws JOB_NOT_FOUND, and CANCELLED when the host is closed before.
   */
  async finished(runId: string): Promise<RunRow> {
    const { promise, resolve, reject } = Promise.withResolvers<RunRow>();
    const look = (): void => {
      try {
        const run = this.#store.reader.run(runId);
        if (run === null) reject(unknownRun(runId));
        else if (run.state !== 'running' || this.#isParked(runId)) resolve(run);
      } catch (error) {
        reject(error);
      }
    };
    let mayPark = false;
    const onClose = (): void => {
      look();
      reject(
        new HostError('CANCELLED', `the host was closed before the run ${runId} was over`, {
          hint: 'Nothing is lost: the run goes on with the next host of this workspace.',
        }),
      );
    };
    const stop = this.#queue.subscribe((event) => {
      if (event.runId !== runId) return;
      mayPark ||= event.type === 'job_interrupted';
      if (event.type === 'run_finished' || (mayPark && event.type === 'job_finished')) look();
    }, onClose);
    try {
      mayPark = this.#nodeStates(runId).has('needs_decision');
      look();
      return await promise;
    } finally {
      stop();
    }
  }

  /** Throws JOB_NOT_FOUND. */
  report(runId: string): RunReport {
    const report = runReport(this.#store.reader, runId);
    if (report !== null) return report;
    throw unknownRun(runId);
  }

  #isParked(runId: string): boolean {
    const states = this.#nodeStates(runId);
    return states.has('needs_decision') && !states.has('pending') && !states.has('running');
  }

  #nodeStates(runId: string): Set<NodeState> {
    return new Set(this.#store.reader.runNodes(runId).map(({ state }) => state));
  }
}

const unknownRun = (runId: string): HostError =>
  new HostError('JOB_NOT_FOUND', `there is no run ${runId} in this workspace`);

function runSpec(
  composition: Composition,
  inputs: JsonObject,
  catalog: Catalog,
): Omit<RunSpec, 'resume'> {
  const definition = wireValue(composition);
  invariant(isObject(definition), 'a composition is an object');
  return {
    name: composition.name,
    definition,
    definitionHash: formHash(composition),
    inputs,
    inputsHash: inputsHash(inputs),
    nodes: Object.keys(composition.nodes).map((id) => nodeSpec(composition, id, catalog)),
    outputs: composition.outputs,
    failFast: composition.failFast,
  };
}

function nodeSpec(composition: Composition, nodeId: string, catalog: Catalog): NodeSpec {
  const node = composition.nodes[nodeId];
  invariant(node !== undefined, `node ${nodeId} is in its composition`);
  const found = findCall(node, ['nodes', nodeId], catalog);
  invariant(found.kind === 'found', `node ${nodeId} was checked`);
  const { use, with: input, needs: _, ...rest } = node;
  return {
    nodeId,
    capability: use,
    ...rest,
    input,
    effects: found.call.effects,
    needs: needsOf(composition, nodeId),
  };
}
