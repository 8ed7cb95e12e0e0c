import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../../src/clock.ts';
import { HostError } from '../../../src/errors.ts';
import { workspacePaths } from '../../../src/paths.ts';
import { type AttemptContext, type ExecuteOutcome, Queue } from '../../../src/queue/index.ts';
import { HostLock, type JobRow, type RunSpec, StateStore } from '../../../src/stores/index.ts';
import { type Door, load, runSpec, say } from './load.ts';
import { ordersGiven } from './orders.ts';

/** The durable half of a host: lock, store and queue are the real ones; tools are played by a function. */

const orders = ordersGiven();
const paths = workspacePaths(orders.root);
let isFirst = true;
say('opening');
HostLock.acquire(paths, { nowMs: Date.now(), command: 'campaign' });
const binder = new URL('../../../src/compositions/bind.ts', import.meta.url);
const store = await StateStore.open({ paths, clock: systemClock, binder });
const queue = new Queue({
  store,
  clock: systemClock,
  lanes: 4,
  slotsOf: () => 2,
  executor: execute,
});
await queue.recover();
queue.start();
if (orders.flaw === 'leaves an orphan') leaveOrphan();
say('ready', performance.now());

const runs = new Map<string, RunSpec>();
const door: Door = {
  submit: async (spec) => (await queue.submit(spec)).jobId,
  run: async (n, random) => {
    const spec = runSpec(n, random, orders);
    const { runId } = await store.submitRun(spec);
    runs.set(runId, spec);
    return runId;
  },
  cancel: async (id) => {
    await (id.startsWith('run_') ? queue.cancelRun(id, 'campaign') : queue.cancel(id, 'campaign'));
  },
  decide: async (jobId, decision) => {
    await queue.decide(jobId, decision, 'campaign');
  },
  inDoubt: () => store.reader.jobs({ state: 'needs_decision', limit: 1 }).map(({ jobId }) => jobId),
  more: [
    async (random, ids) => {
      const jobId = random.pick(ids.filter((id) => id.startsWith('job_')));
      const place = random.pick([{ to: 'first' }, { to: 'last' }, { priority: 3 }] as const);
      if (jobId !== undefined) await queue.reorder(jobId, place);
    },
    async (random) => {
      await queue.setEnabled(`tool-${random.below(3)}`, random.chance(0.9), 'campaign');
    },
    async (random) => {
      const [runId, spec] = random.pick([...runs]) ?? [];
      if (runId === undefined || spec === undefined) return;
      const from = random.chance(0.5) ? random.pick(spec.nodes).nodeId : null;
      const again = await store.retryRun({ ...spec, retryOf: runId }, from, {});
      say('ack', again.runId, null);
    },
  ],
};

if (orders.mode === 'load') {
  await load(door, orders);
  say('content');
}
if (orders.mode === 'finish') await finish();

interface Wish {
  kind: string;
  ms: number;
  fails?: number;
  deaf?: boolean;
}

async function execute(job: JobRow, { signal, attempt }: AttemptContext): Promise<ExecuteOutcome> {
  const { kind, ms, fails, deaf = false } = job.input as unknown as Wish;
  appendFileSync(orders.effectsLog, `\n${job.jobId} ${kind}\n`);
  if (isFirst) say('first', performance.now());
  isFirst = false;
  await pause(ms, undefined, deaf ? {} : { signal }).catch(() => {});
  if (signal.aborted) return { kind: 'cancelled', error: wire(signal.reason) };
  if (fails !== undefined && attempt <= fails) return { kind: 'failed', error: wire(flaky()) };
  const isLarge = 'text' in job.input;
  return { kind: 'completed', result: isLarge ? job.input : job.jobId, artifacts: [] };
}

const flaky = () =>
  new HostError('WORKER_LOST', 'it failed, and may not fail again', { retriable: true });

function wire(reason: unknown) {
  const error = reason instanceof HostError ? reason : new HostError('CANCELLED', String(reason));
  return error.toWire(new Date().toISOString());
}

/** A process that carries the mark of this workspace and has nobody who would end it. */
function leaveOrphan(): void {
  const workspace = createHash('sha256').update(orders.root).digest('hex').slice(0, 16);
  const env = { ...process.env, CAPSTAN_WORKSPACE: workspace };
  spawn('sleep', ['20'], { detached: true, stdio: 'ignore', env }).unref();
}

async function finish(): Promise<void> {
  for (const n of [0, 1, 2]) {
    // oxlint-disable-next-line no-await-in-loop -- what was disabled would never be done
    await queue.setEnabled(`tool-${n}`, true, 'campaign');
  }
  await queue.idle();
  await queue.stop(0);
  await store.close();
  say('finished');
  process.exit(0);
}
