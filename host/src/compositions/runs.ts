import { existsSync } from 'node:fs';
import { filesIn, type JsonObject } from '@capstan/protocol';
import { HostError } from '../errors.ts';
import type { NodeState } from '../kernel/index.ts';
import type { Queue } from '../queue/index.ts';
import {
  type CancelRunReport,
  type RunRetried,
  type RunRow,
  type RunSpec,
  runNotOver,
  type StateStore,
} from '../stores/index.ts';
import { type AnyComposition, asSource, checkComposition, fileOf } from './check.ts';
import type { Catalog } from './composition.ts';
import { changedError, type DefinitionState, definitionState, withFiles } from './definition.ts';
import { bindRunInputs } from './inputs.ts';
import { type RunReport, runReport } from './report.ts';
import { planRetry } from './retry.ts';
import { runSpec } from './run-spec.ts';

export interface RunsOptions {
  store: StateStore;
  queue: Queue;
  catalog: Catalog;
  /** Throws when one of these capabilities cannot be used as it is installed. */
  mustBeUsable?: (capabilities: readonly string[]) => void;
}

export interface SubmitOptions {
  /** Hand back an unfinished run of the same composition with the same inputs instead of starting one. */
  resume: boolean;
  /** What given paths are relative to. */
  cwd: string;
  actor?: string;
}

export interface RetryOptions {
  /** This node, and all that rests on it, is done again, completed or not. */
  from?: string;
  /** Another definition than the one the run was made with. */
  definition?: AnyComposition;
  /** What paths in a definition without a folder are relative to. */
  cwd?: string;
  actor?: string;
}

export interface ResumeOptions {
  /** Go on as recorded, although the composition's file has changed since. */
  asRecorded?: boolean;
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
  readonly #mustBeUsable: (capabilities: readonly string[]) => void;

  constructor({ store, queue, catalog, mustBeUsable = () => {} }: RunsOptions) {
    this.#store = store;
    this.#queue = queue;
    this.#catalog = catalog;
    this.#mustBeUsable = mustBeUsable;
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
    const composition = await withFiles(source, this.#catalog, folder);
    const spec = runSpec(composition, bound, this.#catalog);
    const file = fileOf(source);
    return this.#store.submitRun({
      ...spec,
      resume: options.resume && this.#canResume(spec),
      ...(file === undefined ? {} : { source: file }),
      ...(options.actor === undefined ? {} : { actor: options.actor }),
    });
  }

  /**
   * A new run that keeps what an earlier one had completed and can still stand; see `retry.ts`. Throws
   * JOB_NOT_FOUND, RUN_NOT_OVER, JOB_OVER when there is nothing to do again, COMPOSITION_INVALID,
   * INPUT_INVALID, and what the store does.
   */
  async retry(runId: string, options: RetryOptions = {}): Promise<RunRetried> {
    const run = this.#run(runId);
    if (run.state === 'running') throw runNotOver(runId);
    const { from = null, cwd = process.cwd(), actor } = options;
    const definition = options.definition === undefined ? null : asSource(options.definition);
    const plan = await planRetry({ run, from, definition, cwd }, this.#store.reader, this.#catalog);
    this.#mustBeUsable(plan.capabilities);
    const source = (definition === null ? undefined : fileOf(definition)) ?? run.source;
    const spec = {
      ...runSpec(plan.composition, plan.inputs, this.#catalog),
      retryOf: runId,
      resume: false,
      ...(source === null ? {} : { source }),
      ...(actor === undefined ? {} : { actor }),
    };
    return this.#store.retryRun(spec, from, plan.stale);
  }

  /**
   * Makes sure that an unfinished run may go on as it was recorded, which it does by itself. Throws
   * JOB_NOT_FOUND, JOB_OVER, and DEFINITION_CHANGED with what changed in the file it was started from.
   */
  async resume(
    runId: string,
    { asRecorded = false }: ResumeOptions = {},
  ): Promise<{ runId: string }> {
    const run = this.#run(runId);
    if (run.state !== 'running') {
      throw new HostError('JOB_OVER', `${runId} is ${run.state}, so it cannot go on`, {
        hint: `\`capstan retry ${runId}\` starts a new run that keeps what this one completed.`,
        details: { state: run.state },
      });
    }
    if (asRecorded) return { runId };
    const problem = changedError(run, await definitionState(run, this.#catalog));
    if (problem !== undefined) throw problem;
    return { runId };
  }

  /**
   * Ends an unfinished run and starts a new one by another definition, which keeps what the old one had
   * completed. Throws as `retry` does. Cut off in between, the old run is cancelled, and can be retried.
   */
  async replace(
    runId: string,
    options: RetryOptions & { definition: AnyComposition },
  ): Promise<RunRetried> {
    checkComposition(options.definition, this.#catalog);
    if (this.#run(runId).state === 'running') {
      await this.cancel(runId, 'it goes on as a new run, with another definition').catch(ifOver);
      await this.finished(runId);
    }
    return this.retry(runId, options);
  }

  /** What has become of the file the run was started from; a module is executed. Throws JOB_NOT_FOUND. */
  definitionState(runId: string): Promise<DefinitionState> {
    return definitionState(this.#run(runId), this.#catalog);
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

  #run(runId: string): RunRow {
    const run = this.#store.reader.run(runId);
    if (run === null) throw unknownRun(runId);
    return run;
  }

  #isParked(runId: string): boolean {
    const states = this.#nodeStates(runId);
    return states.has('needs_decision') && !states.has('pending') && !states.has('running');
  }

  #nodeStates(runId: string): Set<NodeState> {
    return new Set(this.#store.reader.runNodeStates(runId).values());
  }
}

const unknownRun = (runId: string): HostError =>
  new HostError('JOB_NOT_FOUND', `there is no run ${runId} in this workspace`);

/** It ended by itself in the meantime, which is as good. */
function ifOver(error: unknown): void {
  if (!(error instanceof HostError) || error.code !== 'JOB_OVER') throw error;
}
