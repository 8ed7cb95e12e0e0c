import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { defaults } from '../../src/defaults.ts';
import { HostError } from '../../src/errors.ts';
import {
  type AttemptContext,
  type ExecuteOutcome,
  type HostEvent,
  isJournaled,
  Queue,
} from '../../src/queue/index.ts';
import type { JobRow } from '../../src/stores/index.ts';
import {
  completed,
  failed,
  jobSpec,
  nodeSpec,
  nodeStates,
  openStore,
  runSpec,
  wireError,
} from '../stores/workspace.ts';

/** An executor that answers when the test says so. */
function handExecutor() {
  const calls = new Map<
    string,
    { job: JobRow; attempt: AttemptContext; answer(o: ExecuteOutcome): void }
  >();
  const arrivals: string[] = [];
  let arrived = (): void => {};
  const executor = (job: JobRow, attempt: AttemptContext): Promise<ExecuteOutcome> =>
    new Promise((answer) => {
      calls.set(job.jobId, { job, attempt, answer });
      arrivals.push(job.jobId);
      arrived();
    });
  const untilCalled = async (count: number): Promise<void> => {
    while (arrivals.length < count) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
  };
  const call = (jobId: string) => {
    const found = calls.get(jobId);
    assert.ok(found, `${jobId} was called`);
    return found;
  };
  return { executor, arrivals, call, untilCalled };
}

async function openQueue(
  t: TestContext,
  executor: (job: JobRow, attempt: AttemptContext) => Promise<ExecuteOutcome>,
  over: { lanes?: number; slots?: number } = {},
) {
  const opened = await openStore(t);
  const events: HostEvent[] = [];
  const queue = new Queue({
    store: opened.store,
    executor,
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    lanes: over.lanes ?? 4,
    slotsOf: () => over.slots ?? 4,
  });
  queue.subscribe((event) => events.push(event));
  const finished = (jobId: string): Promise<void> =>
    new Promise((resolve) => {
      const stop = queue.subscribe((event) => {
        if (event.type !== 'job_finished' || !isJournaled(event) || event.jobId !== jobId) return;
        stop();
        resolve();
      });
    });
  return { ...opened, queue, events, finished };
}

const echo = (job: JobRow): Promise<ExecuteOutcome> => Promise.resolve(completed(job.input));

test('a submitted job runs, and its events come in order', async (t) => {
  const { queue, reader, events } = await openQueue(t, echo);
  queue.start();
  const job = await queue.submit(jobSpec({ input: { n: 1 } }));
  await queue.idle();
  const row = reader.job(job.jobId);
  assert.deepEqual([row?.state, row?.result, row?.attempt], ['completed', { n: 1 }, 1]);
  assert.deepEqual(
    events.filter(isJournaled).map(({ type, seq }) => [type, seq]),
    [
      ['job_submitted', 1],
      ['job_started', 2],
      ['job_finished', 3],
    ],
  );
});

test('nothing is started before start, and nothing beyond lanes and slots', async (t) => {
  const hand = handExecutor();
  const { queue } = await openQueue(t, hand.executor, { lanes: 2, slots: 2 });
  const jobs = await queue.submitAll([jobSpec(), jobSpec(), jobSpec({ priority: 9 })]);
  const [low, second, urgent] = jobs.map(({ jobId }) => jobId);
  assert.ok(low && second && urgent);
  assert.deepEqual(hand.arrivals, []);
  queue.start();
  assert.deepEqual(hand.arrivals, [urgent, low]);
  assert.match(queue.whyWaiting(second) ?? '', /slot of `speech`: 2 of 2 in use by job_/);
  hand.call(urgent).answer(completed('ok'));
  await hand.untilCalled(3);
  assert.equal(hand.arrivals[2], second);
});

test('what is carried out is what was accepted, whatever is done to the row that was answered', async (t) => {
  const hand = handExecutor();
  const { queue } = await openQueue(t, hand.executor);
  queue.subscribe((event) => {
    if (isJournaled(event) && event.type === 'job_submitted') event.payload['input'] = { n: 2 };
  });
  queue.start();
  const job = await queue.submit(jobSpec({ input: { n: 1 } }));
  job.input['n'] = 3;
  await hand.untilCalled(1);
  assert.deepEqual(hand.call(job.jobId).job.input, { n: 1 });
});

test('whoever begins to wait while the end of the job is being told, hears of it', async (t) => {
  const { queue } = await openQueue(t, echo);
  const waited = new Promise<JobRow>((resolve, reject) => {
    queue.subscribe((event) => {
      if (!isJournaled(event) || event.jobId === undefined || event.type !== 'job_finished') return;
      // At once, and when all others have heard it, but its attempt may not be put away yet.
      const { jobId } = event;
      queue.wait(jobId).catch(reject);
      queueMicrotask(() => queue.wait(jobId).then(resolve, reject));
    });
  });
  queue.start();
  const job = await queue.submit(jobSpec());
  assert.equal((await waited).jobId, job.jobId);
  assert.equal((await queue.wait(job.jobId)).state, 'completed');
});

test('an executor that throws fails its job with what it threw', async (t) => {
  const { queue, reader } = await openQueue(t, () => {
    throw new HostError('WORKER_LOST', 'gone');
  });
  queue.start();
  const job = await queue.submit(jobSpec());
  await queue.idle();
  const row = reader.job(job.jobId);
  assert.deepEqual(
    [row?.state, row?.error?.code, row?.error?.message],
    ['failed', 'WORKER_LOST', 'gone'],
  );
});

test('cancelling a pending job never starts it', async (t) => {
  const hand = handExecutor();
  const { queue, reader } = await openQueue(t, hand.executor, { lanes: 1 });
  queue.start();
  const first = await queue.submit(jobSpec());
  const waiting = await queue.submit(jobSpec());
  assert.deepEqual(await queue.cancel(waiting.jobId, 'changed my mind'), { kind: 'cancelled' });
  hand.call(first.jobId).answer(completed('ok'));
  await queue.idle();
  assert.deepEqual(hand.arrivals, [first.jobId]);
  assert.equal(reader.job(waiting.jobId)?.state, 'cancelled');
});

test('cancelling a running job aborts it alone, and it ends cancelled even if the tool calls that a failure', async (t) => {
  const hand = handExecutor();
  const { queue, reader, finished } = await openQueue(t, hand.executor);
  queue.start();
  const [one, other] = await queue.submitAll([jobSpec(), jobSpec()]);
  assert.ok(one && other);
  const ended = finished(one.jobId);
  assert.equal((await queue.cancel(one.jobId, 'enough')).kind, 'aborting');
  assert.equal(hand.call(one.jobId).attempt.signal.aborted, true);
  assert.equal(hand.call(other.jobId).attempt.signal.aborted, false);
  hand.call(one.jobId).answer({ kind: 'failed', error: wireError('KeyboardInterrupt') });
  await ended;
  assert.deepEqual(
    [reader.job(one.jobId)?.state, reader.job(other.jobId)?.state],
    ['cancelled', 'running'],
  );
  hand.call(other.jobId).answer(completed('ok'));
  await queue.idle();
  assert.equal(reader.job(other.jobId)?.state, 'completed');
});

test('a job cancelled in the instant it starts is not run to its end', async (t) => {
  const hand = handExecutor();
  const { queue, store, reader } = await openQueue(t, hand.executor);
  const job = await queue.submit(jobSpec());
  // The store hears of the cancel first; the queue, which does not know yet, begins.
  const cancelled = store.cancelJob(job.jobId, 'first');
  queue.start();
  await cancelled;
  await hand.untilCalled(1);
  const call = hand.call(job.jobId);
  const { attempt } = call;
  if (!attempt.signal.aborted) {
    await new Promise((resolve) => attempt.signal.addEventListener('abort', resolve));
  }
  call.answer(completed('too late'));
  await queue.idle();
  assert.equal(reader.job(job.jobId)?.state, 'cancelled');
});

test('an unsafe job cancelled in that instant is never begun', async (t) => {
  const hand = handExecutor();
  const { queue, store, reader } = await openQueue(t, hand.executor);
  const job = await queue.submit(jobSpec({ effects: 'unsafe' }));
  const cancelled = store.cancelJob(job.jobId, 'first');
  queue.start();
  await cancelled;
  await queue.idle();
  assert.deepEqual(hand.arrivals, []);
  assert.equal(reader.job(job.jobId)?.state, 'cancelled');
});

test('the start of an unsafe job is on disk before it begins', async (t) => {
  let onDisk: string | undefined;
  const { queue, reader } = await openQueue(t, (job) => {
    onDisk = reader.job(job.jobId)?.state;
    return echo(job);
  });
  queue.start();
  await queue.submit(jobSpec({ effects: 'unsafe' }));
  await queue.idle();
  assert.equal(onDisk, 'running');
});

test('nodes of a run are started as what they need is completed', async (t) => {
  const order: (string | null)[] = [];
  const { queue, store, reader } = await openQueue(t, (job) => {
    order.push(job.nodeId);
    return echo(job);
  });
  queue.start();
  const nodes = [
    nodeSpec('d', ['b', 'c']),
    nodeSpec('b', ['a']),
    nodeSpec('c', ['a']),
    nodeSpec('a'),
  ];
  const { runId } = await store.submitRun(runSpec(nodes));
  await queue.idle();
  assert.equal(reader.run(runId)?.state, 'completed');
  assert.equal(order[0], 'a');
  assert.equal(order[3], 'd');
});

test('cancelling a run aborts what runs and starts nothing more', async (t) => {
  const hand = handExecutor();
  const { queue, store, reader } = await openQueue(t, hand.executor);
  queue.start();
  const { runId } = await store.submitRun(runSpec([nodeSpec('a'), nodeSpec('b', ['a'])]));
  await hand.untilCalled(1);
  const { aborting } = await queue.cancelRun(runId, 'Ctrl-C');
  const [jobId] = aborting;
  assert.ok(jobId);
  assert.equal(hand.call(jobId).attempt.signal.aborted, true);
  hand.call(jobId).answer({ kind: 'cancelled', error: wireError('stopped') });
  await queue.idle();
  assert.deepEqual(nodeStates(store, runId), { a: 'cancelled', b: 'cancelled' });
  assert.equal(reader.run(runId)?.state, 'cancelled');
});

test('a job that waits has its reason written down once, not at every look', async (t) => {
  const hand = handExecutor();
  const { queue, reader } = await openQueue(t, hand.executor, { slots: 1 });
  queue.start();
  const first = await queue.submit(jobSpec());
  const noted = new Promise<void>((resolve) => {
    queue.subscribe((event) => event.type === 'job_waiting' && resolve());
  });
  const waiting = await queue.submit(jobSpec());
  await noted;
  assert.match(
    reader.job(waiting.jobId)?.waitReason ?? '',
    new RegExp(`^waiting for a slot of .speech.: 1 of 1 in use by ${first.jobId} for \\d+ s$`),
  );
  hand.call(first.jobId).answer(completed('ok'));
  await hand.untilCalled(2);
  hand.call(waiting.jobId).answer(completed('ok'));
  await queue.idle();
  assert.equal(reader.journal({ jobId: waiting.jobId, eventType: 'job_waiting' }).length, 1);
  assert.equal(reader.job(waiting.jobId)?.waitReason, null);
});

test('of a burst of progress the first and the last are told, before the end', async (t) => {
  const { queue, events } = await openQueue(t, (job, attempt) => {
    for (let n = 1; n <= 1_000; n++) attempt.onProgress(n / 1_000, `step ${n}`);
    return echo(job);
  });
  queue.start();
  await queue.submit(jobSpec());
  await queue.idle();
  const told = events.filter((event) => event.type === 'progress');
  assert.ok(told.length < 20, `${told.length} of 1000 were told`);
  assert.deepEqual(
    [told[0], told.at(-1)].map((event) =>
      event !== undefined && 'progress' in event ? event.progress : null,
    ),
    [0.001, 1],
  );
  assert.equal(events.at(-1)?.type, 'job_finished');
});

test('what a tool accounts for is in the journal as its own words', async (t) => {
  const { queue, reader } = await openQueue(t, async (job, attempt) => {
    attempt.onSession('wrk_1', 7);
    await attempt.onAccount('tokens', { count: 3 });
    return echo(job);
  });
  queue.start();
  const job = await queue.submit(jobSpec());
  await queue.idle();
  const [row] = reader.journal({ jobId: job.jobId, eventType: 'task_account' });
  assert.deepEqual([row?.workerReported, row?.session], [true, 'wrk_1']);
  assert.deepEqual(row?.payload, { type: 'tokens', payload: { count: 3 } });
  assert.equal(reader.job(job.jobId)?.session, 'wrk_1');
});

test('a call of a task, a result that is kept and one that was kept are rows of their own type', async (t) => {
  const told = { task: 'transcription', method: 'run', ok: true, duration_s: 0.5 };
  const { queue, reader } = await openQueue(t, async (job, attempt) => {
    await attempt.onAccount('task_account', told);
    await attempt.onAccount('cache_hit', { key: 'k' });
    await attempt.onAccount('result_saved', { key: 'k', bytes: 7 });
    await attempt.onAccount('job_finished', { state: 'failed' });
    return echo(job);
  });
  queue.start();
  const { jobId } = await queue.submit(jobSpec({ instance: 'speech-large' }));
  await queue.idle();
  const rows = reader.journal({ jobId }).filter(({ workerReported }) => workerReported);
  assert.deepEqual(
    rows.map(({ eventType, payload, instance }) => [eventType, payload, instance]),
    [
      ['task_account', told, 'speech-large'],
      ['cache_hit', { key: 'k' }, 'speech-large'],
      ['result_saved', { key: 'k', bytes: 7 }, 'speech-large'],
      ['task_account', { type: 'job_finished', payload: { state: 'failed' } }, 'speech-large'],
    ],
  );
  assert.equal(reader.job(jobId)?.state, 'completed', 'a tool cannot pass for the host');
});

test('a tool is held up while too much of what it accounts for is on its way, and all of it is kept', async (t) => {
  const count = defaults.accountsWaitingMost + 500;
  let held = 0;
  const { queue, reader } = await openQueue(t, async (_, attempt) => {
    for (let n = 0; n < count; n++) {
      const room = attempt.onAccount('page', { n });
      if (room === undefined) continue;
      held += 1;
      await room;
    }
    return failed();
  });
  queue.start();
  const { jobId } = await queue.submit(jobSpec());
  await queue.idle();
  assert.ok(held > 0);
  assert.equal(reader.job(jobId)?.state, 'failed');
  const rows = reader.journal({ jobId, eventType: 'task_account', limit: count + 1 });
  assert.deepEqual(
    rows.map(({ payload }) => (payload['payload'] as { n: number }).n),
    Array.from({ length: count }, (_, n) => n),
    'also of a call that fails',
  );
  const [end] = reader.journal({ jobId, newestFirst: true, limit: 1 });
  assert.equal(end?.eventType, 'job_finished');
});

test('an account cannot pretend that parts of it lie elsewhere', async (t) => {
  const forged = { $stored: { n: 'file:forged' } };
  const { queue, reader } = await openQueue(t, async (job, attempt) => {
    await attempt.onAccount('cache_hit', forged);
    return echo(job);
  });
  queue.start();
  const { jobId } = await queue.submit(jobSpec());
  await queue.idle();
  const [row] = reader.journal({ jobId, eventType: 'task_account' });
  assert.deepEqual(row?.payload, { type: 'cache_hit', payload: forged });
  assert.deepEqual((await reader.verifyJournal()).problems, []);
});

test('a job whose outcome cannot be written tells that it is held, and why', async (t) => {
  const hand = handExecutor();
  const { queue, reader, paths, events, finished } = await openQueue(t, hand.executor);
  queue.start();
  const { jobId } = await queue.submit(jobSpec({ effects: 'unsafe' }));
  await hand.untilCalled(1);
  renameSync(paths.stateDb, `${paths.stateDb}.away`);
  const told = new Promise<HostEvent>((resolve) => {
    queue.subscribe((event) => {
      if (event.type === 'phase') resolve(event);
    });
  });
  hand.call(jobId).answer(completed('kept'));
  assert.partialDeepStrictEqual(await told, { type: 'phase', jobId });
  const words = events.find((event) => event.type === 'phase');
  assert.match(JSON.stringify(words), /cannot be written now: .*state\.db could not be written/);
  const written = finished(jobId);
  renameSync(`${paths.stateDb}.away`, paths.stateDb);
  await written;
  assert.equal(reader.job(jobId)?.result, 'kept');
});

test('stopping leaves pending jobs pending, and aborted ones to the next recovery', async (t) => {
  const { store, queue, reader } = await openQueue(
    t,
    (_, { signal }) =>
      new Promise((answer) => signal.addEventListener('abort', () => answer(failed('aborted')))),
    { lanes: 1 },
  );
  queue.start();
  const running = await queue.submit(jobSpec());
  const waiting = await queue.submit(jobSpec());
  await queue.stop(10);
  const state = (jobId: string) => reader.job(jobId)?.state;
  assert.deepEqual([state(running.jobId), state(waiting.jobId)], ['running', 'pending']);
  const next = new Queue({
    store,
    executor: echo,
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    lanes: 1,
    slotsOf: () => 1,
  });
  const report = await next.recover();
  assert.deepEqual(report.rerun, [running.jobId]);
  next.start();
  await next.idle();
  assert.deepEqual([state(running.jobId), state(waiting.jobId)], ['completed', 'completed']);
  await next.stop(0);
});

test('with many jobs in flight, lanes and slots are kept and each job ends once', async (t) => {
  const busy = { now: 0, most: 0 };
  const { queue, reader } = await openQueue(
    t,
    async (job) => {
      busy.most = Math.max(busy.most, ++busy.now);
      await new Promise((resolve) => setImmediate(resolve));
      busy.now -= 1;
      return echo(job);
    },
    { lanes: 3, slots: 2 },
  );
  queue.start();
  const capabilities = ['a', 'b', 'c'];
  await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      queue.submit(jobSpec({ capability: capabilities[n % 3] ?? 'a', priority: n % 5 })),
    ),
  );
  await queue.idle();
  assert.equal(busy.most, 3);
  assert.equal(reader.jobs({ state: 'completed', limit: 300 }).length, 200);
  assert.deepEqual((await reader.verifyJournal()).problems, []);
});
