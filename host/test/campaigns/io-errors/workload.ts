import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../../src/clock.ts';
import { HostError, messageOf } from '../../../src/errors.ts';
import { workspacePaths } from '../../../src/paths.ts';
import { Queue } from '../../../src/queue/index.ts';
import { HostLock, type JobSpec, type RunSpec, StateStore } from '../../../src/stores/index.ts';
import { say } from '../hosts/load.ts';
import { ordersGiven } from '../hosts/orders.ts';

/**
 * The same work each time, on a disk of which one call fails. What is refused is asked for again, with the
 * same key, until it is accepted; in the end everything is done. Says `wedged` and `clear` as they happen.
 */
const orders = ordersGiven();
const paths = workspacePaths(orders.root);

async function main(): Promise<void> {
  HostLock.acquire(paths, { nowMs: Date.now(), command: 'campaign' });
  const store = await StateStore.open({ paths, clock: systemClock });
  store.onWedgeChange((wedge) => say(wedge === null ? 'clear' : 'wedged'));
  const queue = new Queue({
    store,
    clock: systemClock,
    lanes: 2,
    slotsOf: () => 2,
    executor: async (job) => {
      appendFileSync(orders.effectsLog, `${job.jobId} ${job.effects}\n`);
      await pause(2);
      return { kind: 'completed', result: job.input, artifacts: [] };
    },
  });
  await insist(() => queue.recover());
  queue.start();
  say('ready', performance.now());
  await Promise.all([jobs(queue), run(store)]);
  await queue.idle();
  await queue.stop(10_000);
  await store.close();
  say('finished');
}

async function jobs(queue: Queue): Promise<void> {
  for (let n = 0; n < (orders.requests ?? 5); n++) {
    const key = `key-${n}`;
    say('try', key);
    const spec = jobSpec(n);
    // oxlint-disable-next-line no-await-in-loop -- one commit after the other
    const { jobId } = await insist(() => queue.submit({ ...spec, idempotencyKey: key }));
    say('ack', jobId, key);
  }
}

async function run(store: StateStore): Promise<void> {
  const nodes = ['a', 'b'].map((nodeId, at) => ({
    ...jobSpec(10 + at),
    nodeId,
    needs: at === 0 ? [] : ['a'],
  }));
  const spec: RunSpec = {
    runId: 'run_of_all',
    name: 'pair',
    definition: {},
    definitionHash: 'd',
    inputs: {},
    inputsHash: 'i',
    nodes,
    outputs: {},
    failFast: true,
    resume: true,
  };
  const { runId } = await insist(() => store.submitRun(spec));
  say('ack', runId, null);
}

const sizes = [10, 20_000, 1_100_000, 10, 10];

const jobSpec = (n: number): JobSpec => ({
  capability: 'tool',
  action: 'do',
  input: { n, text: `${n}`.padEnd(sizes[n % 10] ?? 10, 'z') },
  effects: n % 2 === 0 ? 'unsafe' : 'idempotent',
});

/** A refusal is an answer, after which one may ask again. */
async function insist<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- asks again only when it was refused
      return await ask();
    } catch (error) {
      const code = error instanceof HostError ? error.code : messageOf(error);
      if (code !== 'STORE_WEDGED' && code !== 'STORE_WRITE_FAILED') throw error;
      say('refused', code);
    }
    // oxlint-disable-next-line no-await-in-loop
    await pause(20);
  }
}

try {
  await main();
} catch (error) {
  // A host that cannot even be opened says why, and that is all that can be asked of it.
  if (!(error instanceof HostError) || error.code === 'INTERNAL') throw error;
  say('refused', error.code);
  process.exit(75);
}
process.exit(0);
