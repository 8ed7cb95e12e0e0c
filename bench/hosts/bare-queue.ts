import type { Json } from '@capstan/protocol';
import { systemClock } from '../../host/src/clock.ts';
import { workspacePaths } from '../../host/src/paths.ts';
import { isJournaled, Queue } from '../../host/src/queue/index.ts';
import { type JobSpec, StateStore } from '../../host/src/stores/index.ts';
import { Ends } from './ends.ts';

export interface BareQueue {
  store: StateStore;
  queue: Queue;
  /** Submits a job that is the executor's and waits for its committed end. */
  runOne: () => Promise<void>;
  close: () => Promise<void>;
}

export const trivialJob: JobSpec = {
  capability: 'bench',
  action: 'do',
  input: { n: 1 },
  effects: 'idempotent',
};

const binder = new URL('../../host/src/compositions/bind.ts', import.meta.url);

/** What a job is answered with: nothing else is known of it. */
export type Execute = (job: { nodeId: string | null }) => Promise<Json>;

/** The queue on its real store, with an executor that is no worker. */
export async function openBareQueue(
  root: string,
  execute: Execute = () => Promise.resolve(null),
  lanes = 8,
): Promise<BareQueue> {
  const store = await StateStore.open({ paths: workspacePaths(root), clock: systemClock, binder });
  const queue = new Queue({
    store,
    executor: async (job) => ({ kind: 'completed', result: await execute(job), artifacts: [] }),
    clock: systemClock,
    lanes,
    slotsOf: () => lanes,
  });
  const ends = new Ends();
  queue.subscribe((event) => {
    if (isJournaled(event)) ends.follow(event);
  });
  await queue.recover();
  queue.start();
  return {
    store,
    queue,
    runOne: async () => {
      const { jobId } = await queue.submit(trivialJob);
      await ends.ofJob(jobId);
    },
    close: async () => {
      await queue.stop(1_000);
      await store.close();
    },
  };
}
