import { type Catalog, type Composition, Runs } from '../../host/src/compositions/index.ts';
import { isJournaled } from '../../host/src/queue/index.ts';
import { type Execute, openBareQueue } from './bare-queue.ts';
import { Ends } from './ends.ts';

/** The queue on its real store with runs of compositions, and an executor that is no worker. */
export async function openRunQueue(root: string, execute?: Execute) {
  const { store, queue, close } = await openBareQueue(root, execute);
  const ends = new Ends();
  queue.subscribe((event) => {
    if (isJournaled(event)) ends.follow(event);
  });
  const all = new Runs({ store, queue, catalog });
  return {
    run: async (composition: Composition): Promise<void> => {
      const { runId } = await all.submit(composition, {}, { cwd: root, resume: false });
      const state = await ends.ofRun(runId);
      if (state !== 'completed') throw new Error(`the run ended ${state}`);
    },
    close,
  };
}

const catalog: Catalog = {
  capabilities: {
    node: {
      installed: true,
      actions: {
        nothing: {
          description: '',
          input: { type: 'object', properties: { n: {} } },
          output: null,
          effects: 'idempotent',
        },
      },
      tasks: {},
    },
  },
};
