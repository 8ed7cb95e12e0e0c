import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Json, JsonObject } from '@capstan/protocol';
import { systemClock } from '../../src/clock.ts';
import type { Catalog } from '../../src/compositions/composition.ts';
import { Runs } from '../../src/compositions/index.ts';
import type { WorkspacePaths } from '../../src/paths.ts';
import { type ExecuteOutcome, isJournaled, Queue } from '../../src/queue/index.ts';
import { type ArtifactRecord, type JobRow, StateStore } from '../../src/stores/index.ts';
import { temporaryWorkspace, wireError } from '../stores/workspace.ts';
import { action, file } from './catalog.ts';

const binder = new URL('../../src/compositions/bind.ts', import.meta.url);
const anything = action({ 'value?': {}, 'audio?': file });
export const catalog: Catalog = {
  capabilities: {
    tool: {
      installed: true,
      actions: { do: anything, once: { ...anything, effects: 'unsafe' } },
      tasks: { work: { do: anything } },
    },
  },
};

/** A host without workers: each node's call is answered by the test, by the node's id. */
export class FakeHost {
  readonly store: StateStore;
  readonly queue: Queue;
  readonly runs: Runs;
  /** Ids of the nodes whose calls have begun, in order. */
  readonly begun: string[] = [];
  readonly inputs = new Map<string, JsonObject>();
  readonly #answers = new Map<string, (outcome: ExecuteOutcome) => void>();
  readonly #listeners = new Set<() => void>();
  #arrived = Promise.withResolvers<void>();

  constructor(store: StateStore, of: Catalog = catalog) {
    this.store = store;
    this.queue = new Queue({
      store,
      clock: systemClock,
      lanes: 8,
      slotsOf: () => 8,
      executor: (job, { signal }) => this.#execute(job, signal),
    });
    this.runs = new Runs({ store, queue: this.queue, catalog: of });
  }

  static async open(
    t: TestContext,
    paths: WorkspacePaths = temporaryWorkspace(t),
    of: Catalog = catalog,
  ): Promise<FakeHost> {
    const host = new FakeHost(
      await StateStore.open({ paths, clock: systemClock, binder, reserveBytes: 0 }),
      of,
    );
    t.after(() => host.crash());
    await host.queue.recover();
    host.queue.start();
    return host;
  }

  complete(nodeId: string, result: Json, artifacts: ArtifactRecord[] = []): void {
    this.#answer(nodeId, { kind: 'completed', result, artifacts });
  }

  fail(nodeId: string, message: string): void {
    this.#answer(nodeId, { kind: 'failed', error: wireError(message) });
  }

  /** Resolves when the calls of all these nodes have begun. */
  async untilBegun(...nodeIds: string[]): Promise<void> {
    if (nodeIds.every((id) => this.begun.includes(id))) return;
    await this.#arrived.promise;
    await this.untilBegun(...nodeIds);
  }

  /** Resolves when the end of a node's job is on disk. */
  untilRecorded(nodeId: string): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.queue.subscribe((event) => {
        if (!isJournaled(event)) return;
        if (event.type !== 'job_finished' || event.nodeId !== nodeId) return;
        stop();
        resolve();
      });
    });
  }

  /** Ends without letting anything that runs come to its end, as a killed host does. */
  async crash(): Promise<void> {
    await this.queue.stop(0);
    await this.store.close();
  }

  #execute(job: JobRow, signal: AbortSignal): Promise<ExecuteOutcome> {
    const nodeId = job.nodeId ?? '';
    const { promise, resolve } = Promise.withResolvers<ExecuteOutcome>();
    this.#answers.set(nodeId, resolve);
    signal.addEventListener('abort', () => {
      resolve({
        kind: 'cancelled',
        error: { ...wireError('stopped'), category: 'cancelled', code: 'CANCELLED' },
      });
    });
    this.begun.push(nodeId);
    this.inputs.set(nodeId, job.input);
    this.#arrived.resolve();
    for (const listener of this.#listeners) queueMicrotask(listener);
    this.#arrived = Promise.withResolvers();
    return promise;
  }

  /** Hears of every call that begins. Returns how to stop. */
  onBegun(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** As if these calls had never been. */
  forget(): void {
    this.begun.length = 0;
    this.inputs.clear();
  }

  #answer(nodeId: string, outcome: ExecuteOutcome): void {
    const answer = this.#answers.get(nodeId);
    assert.ok(answer, `${nodeId} has begun`);
    answer(outcome);
  }
}
