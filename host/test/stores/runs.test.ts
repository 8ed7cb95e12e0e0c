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

test('a run, its nodes and its first jobs are written together', async (t) => {
  const { store, reader } = await openStore(t);
  const nodes = [nodeSpec('b', ['a']), nodeSpec('a'), nodeSpec('c')];
  const { runId } = await store.submitRun(runSpec(nodes));
  assert.deepEqual(nodeStates(store, runId), { b: 'waiting', a: 'pending', c: 'pending' });
  assert.equal(reader.jobs({ runId }).length, 2);
  assert.deepEqual(
    reader.journal({ runId }).map(({ eventType, nodeId }) => [eventType, nodeId]),
    [
      ['run_submitted', null],
      ['job_submitted', 'a'],
      ['job_submitted', 'c'],
    ],
  );
});

test('the result of a node reaches the input of the next, and the outputs of the run', async (t) => {
  const { store, reader } = await openStore(t);
  const nodes = [nodeSpec('a'), nodeSpec('b', ['a'], { from: ['@a'] })];
  const { runId } = await store.submitRun(runSpec(nodes, { outputs: { end: '@b' } }));
  await runNode(store, runId, 'a', completed({ n: 1 }));
  assert.deepEqual(reader.jobs({ runId })[0]?.input, { from: [{ n: 1 }] });
  await runNode(store, runId, 'b', completed('done'));
  const run = reader.run(runId);
  assert.deepEqual([run?.state, run?.outputs], ['completed', { end: 'done' }]);
});

test('a node whose references lead nowhere fails without an attempt', async (t) => {
  const { store, reader } = await openStore(t);
  const nodes = [nodeSpec('a', [], { x: '@?' }), nodeSpec('b', ['a'])];
  const { runId } = await store.submitRun(runSpec(nodes));
  assert.deepEqual(nodeStates(store, runId), { a: 'failed', b: 'skipped' });
  const [node] = reader.runNodes(runId);
  assert.deepEqual([node?.attempts, node?.error?.code], [0, 'REFERENCE_UNRESOLVED']);
  const run = reader.run(runId);
  assert.deepEqual([run?.state, run?.error?.code], ['failed', 'RUN_FAILED']);
  assert.match(run?.error?.message ?? '', /^node a failed: @\? leads nowhere$/);
});

test('a run whose outputs lead nowhere fails, although its nodes completed', async (t) => {
  const { store, reader } = await openStore(t);
  const { runId } = await store.submitRun(runSpec([nodeSpec('a')], { outputs: { x: '@?' } }));
  await runNode(store, runId, 'a', completed('ok'));
  const run = reader.run(runId);
  assert.deepEqual([run?.state, run?.error?.code], ['failed', 'REFERENCE_UNRESOLVED']);
});

test('without failFast, outputs of what did not complete are null', async (t) => {
  const { store, reader } = await openStore(t);
  const spec = { failFast: false, outputs: { good: '@good', bad: '@bad' } };
  const { runId } = await store.submitRun(runSpec([nodeSpec('good'), nodeSpec('bad')], spec));
  await runNode(store, runId, 'bad', failed());
  await runNode(store, runId, 'good', completed('ok'));
  const run = reader.run(runId);
  assert.deepEqual([run?.state, run?.outputs], ['completed', { good: 'ok', bad: null }]);
});

test('under failFast a failure cancels the pending, lets the running finish, and skips dependents', async (t) => {
  const { store, reader } = await openStore(t);
  const nodes = [nodeSpec('bad'), nodeSpec('slow'), nodeSpec('queued'), nodeSpec('after', ['bad'])];
  const { runId } = await store.submitRun(runSpec(nodes));
  const slow = reader.runNodes(runId).find(({ nodeId }) => nodeId === 'slow')?.jobId ?? '';
  await store.startAttempt(slow, 'call');
  await runNode(store, runId, 'bad', failed());
  assert.deepEqual(nodeStates(store, runId), {
    bad: 'failed',
    slow: 'running',
    queued: 'cancelled',
    after: 'skipped',
  });
  assert.equal(reader.run(runId)?.state, 'running');
  await store.finishAttempt(slow, 1, completed('ok'));
  assert.equal(reader.run(runId)?.state, 'failed');
});

test('a cancelled run ends when its running attempts have', async (t) => {
  const { store, reader } = await openStore(t);
  const nodes = [nodeSpec('a'), nodeSpec('b', ['a']), nodeSpec('c')];
  const { runId } = await store.submitRun(runSpec(nodes));
  const a = reader.runNodes(runId)[0]?.jobId ?? '';
  await store.startAttempt(a, 'call');
  const report = await store.cancelRun(runId, 'Ctrl-C');
  assert.deepEqual(report, { state: 'running', aborting: [a] });
  await store.finishAttempt(a, 1, completed('cut off'));
  assert.deepEqual(nodeStates(store, runId), { a: 'cancelled', b: 'cancelled', c: 'cancelled' });
  const run = reader.run(runId);
  assert.deepEqual([run?.state, run?.error?.message], ['cancelled', 'Ctrl-C']);
  await assert.rejects(store.cancelRun(runId, 'again'), { code: 'JOB_OVER' });
});

test('an unfinished run of the same composition and inputs is resumed, a finished one is not', async (t) => {
  const { store, reader } = await openStore(t);
  const spec = runSpec([nodeSpec('a'), nodeSpec('b', ['a'])], { resume: true });
  const first = await store.submitRun(spec);
  await runNode(store, first.runId, 'a', completed('ok'));
  assert.deepEqual(await store.submitRun(spec), { runId: first.runId, resumed: true });
  assert.equal(reader.unfinishedRun('d', 'i'), first.runId);
  assert.equal((await store.submitRun({ ...spec, inputsHash: 'other' })).resumed, false);
  assert.equal((await store.submitRun({ ...spec, resume: false })).resumed, false);
  await runNode(store, first.runId, 'b', completed('ok'));
  assert.equal(reader.run(first.runId)?.state, 'completed');
});

test('after a crash completed nodes stay completed, and the interrupted one is next', async (t) => {
  const paths = temporaryWorkspace(t);
  const clock = steppingClock();
  const before = await StateStore.open({ paths, clock, binder, reserveBytes: 0 });
  const nodes = [nodeSpec('a'), nodeSpec('b', ['a']), nodeSpec('c', ['b'])];
  const { runId } = await before.submitRun(runSpec(nodes));
  await runNode(before, runId, 'a', completed('ok'));
  await before.startAttempt(before.reader.runNodes(runId)[1]?.jobId ?? '', 'call');
  await before.close();
  const { store, reader } = await openStore(t, paths);
  const report = await store.recover();
  assert.deepEqual(report.runs, [runId]);
  assert.deepEqual(nodeStates(store, runId), { a: 'completed', b: 'pending', c: 'waiting' });
  await runNode(store, runId, 'b', completed('ok'));
  await runNode(store, runId, 'c', completed('ok'));
  assert.equal(reader.run(runId)?.state, 'completed');
  assert.deepEqual((await reader.verifyJournal()).problems, []);
});

const acts = fc.array(
  fc.record({
    act: fc.constantFrom(
      'start',
      'start',
      'complete',
      'complete',
      'fail',
      'cancel',
      'recover',
      'cancelRun',
    ),
    pick: fc.nat(),
  }),
  { maxLength: 30 },
);

const unlessOver = async (cancel: Promise<unknown>): Promise<void> => {
  await cancel.catch((error: { code?: string }) => assert.equal(error.code, 'JOB_OVER'));
};

test('after any history the tables are what replaying the journal gives', async (t) => {
  const { store, reader } = await openStore(t);
  const history = async (
    list: { act: string; pick: number }[],
    failFast: boolean,
  ): Promise<void> => {
    const nodes = [
      nodeSpec('a'),
      nodeSpec('b', ['a'], { x: '@a' }),
      nodeSpec('c'),
      nodeSpec('d', ['b', 'c']),
    ];
    const { runId } = await store.submitRun(runSpec(nodes, { failFast }));
    for (const { act, pick } of list) {
      const jobs = reader.jobs({ runId });
      const job = jobs[pick % Math.max(1, jobs.length)];
      if (act === 'recover') await store.recover();
      else if (act === 'cancelRun' && pick % 5 === 0)
        await unlessOver(store.cancelRun(runId, 'enough'));
      else if (job === undefined) continue;
      else if (act === 'start') await store.startAttempt(job.jobId, 'call');
      else if (act === 'cancel') await unlessOver(store.cancelJob(job.jobId, 'no'));
      else if (act === 'complete')
        await store.finishAttempt(job.jobId, job.attempt, completed({ pick }));
      else if (act === 'fail') await store.finishAttempt(job.jobId, job.attempt, failed());
    }
    const { problems } = await reader.verifyJournal();
    assert.deepEqual(problems, []);
  };
  await fc.assert(fc.asyncProperty(acts, fc.boolean(), history), { numRuns: 40 });
});
