import { systemClock } from '../../host/src/clock.ts';
import { workspacePaths } from '../../host/src/paths.ts';
import { type JobSpec, type RunSpec, StateStore } from '../../host/src/stores/index.ts';

const perRequest = 1_000;
const binder = new URL('../../host/src/compositions/bind.ts', import.meta.url);

/** Writes into a workspace without a host what a host is to find there. */
export async function fill(
  root: string,
  work: (store: StateStore) => Promise<void>,
): Promise<void> {
  const store = await StateStore.open({ paths: workspacePaths(root), clock: systemClock, binder });
  await work(store);
  await store.close();
}

const nothing = { capability: 'node', action: 'nothing', effects: 'idempotent' } as const;

export async function submitMany(
  store: StateStore,
  count: number,
  more: Partial<JobSpec> = {},
): Promise<void> {
  for (let n = 0; n < count; n += perRequest) {
    const specs = Array.from({ length: Math.min(perRequest, count - n) }, (_, i) => ({
      ...nothing,
      input: { n: n + i },
      ...more,
    }));
    // oxlint-disable-next-line no-await-in-loop -- so that memory does not hold them all
    await store.submitJobs(specs);
  }
}

/** Runs of two nodes, of which the first is ready. */
export async function submitRuns(store: StateStore, count: number): Promise<void> {
  for (let n = 0; n < count; n += perRequest) {
    const specs = Array.from({ length: Math.min(perRequest, count - n) }, (_, i) => run(n + i));
    // oxlint-disable-next-line no-await-in-loop -- so that memory does not hold them all
    await Promise.all(specs.map((spec) => store.submitRun(spec)));
  }
}

const run = (n: number): RunSpec => ({
  name: `run-${n}`,
  definition: {},
  definitionHash: 'same',
  inputs: { n },
  inputsHash: String(n),
  nodes: [
    { ...nothing, nodeId: 'first', input: { n }, needs: [] },
    { ...nothing, nodeId: 'second', input: { n }, needs: ['first'] },
  ],
  outputs: {},
  failFast: true,
  resume: false,
});
