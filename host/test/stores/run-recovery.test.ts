import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StateStore } from '../../src/stores/index.ts';
import {
  binder,
  completed,
  failed,
  nodeSpec,
  nodeStates,
  openStore,
  runNode,
  runSpec,
  steppingClock,
  temporaryWorkspace,
} from './workspace.ts';

type Paths = ReturnType<typeof temporaryWorkspace>;

const clock = steppingClock();
const open = (paths: Paths): Promise<StateStore> => StateStore.open({ paths, clock, binder });

/** What a queue with one lane does: takes the oldest pending job, and begins or ends it. */
class OneLane {
  readonly starts = new Map<string, number>();
  #running: { jobId: string; nodeId: string; attempt: number } | null = null;

  /** False when there is nothing left to do. */
  async step(store: StateStore, runId: string): Promise<boolean> {
    if (this.#running !== null) {
      const { jobId, nodeId, attempt } = this.#running;
      this.#running = null;
      await store.finishAttempt(jobId, attempt, completed(`${nodeId} done`));
      return true;
    }
    const next = store.reader.jobs({ runId, state: 'pending' }).at(-1);
    if (next === undefined) return false;
    const nodeId = next.nodeId ?? '';
    const started = await store.startAttempt(next.jobId, `call ${this.starts.size}`);
    assert.equal(started.kind, 'started');
    this.starts.set(nodeId, (this.starts.get(nodeId) ?? 0) + 1);
    this.#running = { jobId: next.jobId, nodeId, attempt: next.attempt + 1 };
    return true;
  }

  /** Forgets what runs, as a host does that is killed. Answers the node that was cut off. */
  die(): string | null {
    const nodeId = this.#running?.nodeId ?? null;
    this.#running = null;
    return nodeId;
  }
}

const shape = [
  nodeSpec('a'),
  nodeSpec('b', ['a'], { from: '@a' }),
  nodeSpec('c', ['a']),
  nodeSpec('d', ['b', 'c'], { from: ['@b', '@c'] }),
  nodeSpec('e', ['d'], { from: '@d' }),
];

test('wherever a run is cut off, only what was at work is done again', async (t) => {
  const steps = shape.length * 2;
  for (let cut = 0; cut <= steps; cut++) {
    // oxlint-disable no-await-in-loop -- one host after the other
    const paths = temporaryWorkspace(t);
    const lane = new OneLane();
    const first = await open(paths);
    const { runId } = await first.submitRun(runSpec(shape, { outputs: { end: '@e' } }));
    for (let n = 0; n < cut; n++) await lane.step(first, runId);
    const cutOff = lane.die();
    const before = nodeStates(first, runId);
    await first.close();

    const second = await open(paths);
    await second.recover();
    const recovered = nodeStates(second, runId);
    for (const [nodeId, state] of Object.entries(before)) {
      assert.equal(recovered[nodeId], nodeId === cutOff ? 'pending' : state, `cut at ${cut}`);
    }
    while (await lane.step(second, runId));
    const { state, outputs } = second.reader.run(runId) ?? {};
    assert.deepEqual([state, outputs], ['completed', { end: 'e done' }], `cut at ${cut}`);
    for (const { nodeId } of shape) {
      assert.equal(lane.starts.get(nodeId), nodeId === cutOff ? 2 : 1, `${nodeId}, cut at ${cut}`);
    }
    assert.deepEqual((await second.reader.verifyJournal()).problems, []);
    await second.close();
    // oxlint-enable no-await-in-loop
  }
});

test('recovering twice is recovering once', async (t) => {
  const paths = temporaryWorkspace(t);
  const lane = new OneLane();
  const first = await open(paths);
  const { runId } = await first.submitRun(runSpec(shape));
  for (let n = 0; n < 3; n++) {
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    await lane.step(first, runId);
  }
  await first.close();
  const { store, reader } = await openStore(t, paths);
  const report = await store.recover();
  const after = reader.lastSeq();
  assert.deepEqual(await store.recover(), { ...report, interrupted: [], rerun: [] });
  assert.equal(reader.lastSeq(), after);
});

test('a run that was being cancelled when its host died ends as cancelled, and begins nothing', async (t) => {
  const paths = temporaryWorkspace(t);
  const lane = new OneLane();
  const first = await open(paths);
  const { runId } = await first.submitRun(runSpec(shape));
  for (let n = 0; n < 3; n++) {
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    await lane.step(first, runId);
  }
  assert.equal((await first.cancelRun(runId, 'enough')).state, 'running');
  await first.close();
  const { store, reader } = await openStore(t, paths);
  assert.deepEqual((await store.recover()).runs, []);
  assert.deepEqual(
    [reader.run(runId)?.state, reader.run(runId)?.error?.message],
    ['cancelled', 'enough'],
  );
  const { a, ...others } = nodeStates(store, runId);
  assert.equal(a, 'completed');
  assert.deepEqual(new Set(Object.values(others)), new Set(['cancelled']));
});

test('under failFast, what a dead host had running is not begun again after a failure', async (t) => {
  const paths = temporaryWorkspace(t);
  const first = await open(paths);
  const nodes = [nodeSpec('bad'), nodeSpec('slow'), nodeSpec('after', ['slow'])];
  const { runId } = await first.submitRun(runSpec(nodes));
  const slow = first.reader.runNodes(runId).find(({ nodeId }) => nodeId === 'slow');
  await first.startAttempt(slow?.jobId ?? '', 'call');
  await runNode(first, runId, 'bad', failed());
  assert.equal(first.reader.run(runId)?.state, 'running');
  await first.close();
  const { store, reader } = await openStore(t, paths);
  await store.recover();
  assert.deepEqual(nodeStates(store, runId), {
    bad: 'failed',
    slow: 'cancelled',
    after: 'cancelled',
  });
  assert.equal(reader.run(runId)?.state, 'failed');
});

test('a disabled capability refuses runs and retries that need it, and only those', async (t) => {
  const { store, reader } = await openStore(t);
  const other = { ...nodeSpec('b', ['a']), capability: 'other' };
  const spec = runSpec([nodeSpec('a'), other]);
  const { runId } = await store.submitRun(spec);
  await runNode(store, runId, 'a', completed('ok'));
  await runNode(store, runId, 'b', failed());
  await store.setInstanceEnabled('tool', false, 'ada');
  const disabled = { code: 'CAPABILITY_DISABLED', message: '`tool` is disabled' };
  await assert.rejects(store.submitRun(spec), disabled);
  await assert.rejects(store.retryRun({ ...spec, retryOf: runId }, 'a', {}), disabled);
  const retried = await store.retryRun({ ...spec, retryOf: runId }, null, {});
  assert.deepEqual(retried.reused, ['a']);
  await store.setInstanceEnabled('tool', true, 'ada');
  assert.equal((await store.submitRun(spec)).resumed, false);
  assert.equal(reader.runs().length, 3);
});

const histories = fc.record({
  ends: fc.array(fc.constantFrom('completed', 'completed', 'failed'), {
    minLength: 12,
    maxLength: 12,
  }),
  from: fc.option(fc.constantFrom('a', 'b', 'c', 'd')),
  stale: fc.subarray(['a', 'b', 'c', 'd']),
  failFast: fc.boolean(),
});

async function play(store: StateStore, runId: string, ends: string[]): Promise<void> {
  for (const end of ends) {
    const next = store.reader.jobs({ runId, state: 'pending' }).at(-1);
    if (next === undefined) return;
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    await runNode(store, runId, next.nodeId ?? '', end === 'failed' ? failed() : completed('ok'));
  }
}

test('after any chain of retries the tables are what replaying the journal gives', async (t) => {
  const { store, reader } = await openStore(t);
  const history = async ({
    ends,
    from,
    stale,
    failFast,
  }: {
    ends: string[];
    from: string | null;
    stale: string[];
    failFast: boolean;
  }): Promise<void> => {
    const nodes = shape.slice(0, 4);
    const spec = runSpec(nodes, { failFast });
    let { runId } = await store.submitRun(spec);
    await play(store, runId, ends.slice(0, 4));
    for (const part of [ends.slice(4, 8), ends.slice(8)]) {
      // oxlint-disable no-await-in-loop -- each is a retry of the one before
      const why = Object.fromEntries(stale.map((nodeId) => [nodeId, 'gone']));
      const before = nodeStates(store, runId);
      const next = await store
        .retryRun({ ...spec, retryOf: runId }, from, why)
        .catch((error: { code: string }) => error);
      if ('code' in next) {
        assert.equal(next.code, 'JOB_OVER');
        return;
      }
      for (const nodeId of next.reused) assert.equal(before[nodeId], 'completed');
      runId = next.runId;
      await play(store, runId, part);
      assert.notEqual(reader.run(runId)?.state, 'running');
      // oxlint-enable no-await-in-loop
    }
    assert.deepEqual((await reader.verifyJournal()).problems, []);
  };
  await fc.assert(fc.asyncProperty(histories, history), { numRuns: 25 });
});
