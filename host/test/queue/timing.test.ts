import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Clock } from '../../src/clock.ts';
import { HostError } from '../../src/errors.ts';
import {
  type AttemptContext,
  type ExecuteOutcome,
  isJournaled,
  Queue,
} from '../../src/queue/index.ts';
import { type JobRow, StateStore } from '../../src/stores/index.ts';
import { binder, completed, jobSpec, temporaryWorkspace, wireError } from '../stores/workspace.ts';

const hourMs = 3_600_000;

interface Shop {
  queue: Queue;
  store: StateStore;
  /** What ran, in order, by the `n` of its input. */
  ran: unknown[];
  clock: Clock & { wallAheadMs: number; aheadMs: number };
}

type Run = (job: JobRow, attempt: AttemptContext) => Promise<ExecuteOutcome>;

/** Ends as its signal says, and not before. */
const untilAborted: Run = (_, { signal }) =>
  new Promise((answer) => {
    signal.addEventListener('abort', () => {
      const { reason } = signal;
      assert.ok(reason instanceof HostError);
      answer({ kind: 'failed', error: reason.toWire('2026-01-01T00:00:00.000Z') });
    });
  });

const echo: Run = (job) => Promise.resolve(completed(job.input));

/** A queue whose wall clock the test sets as people do, by `wallAheadMs`; by `aheadMs` time really passes. */
async function openShop(
  t: TestContext,
  run: Run = echo,
  paths = temporaryWorkspace(t),
): Promise<Shop> {
  const clock = {
    wallAheadMs: 0,
    aheadMs: 0,
    nowMs: () => Date.now() + clock.wallAheadMs + clock.aheadMs,
    monotonicMs: () => performance.now() + clock.aheadMs,
  };
  const store = await StateStore.open({ paths, clock, binder, reserveBytes: 0 });
  const ran: unknown[] = [];
  const queue = new Queue({
    store,
    clock,
    lanes: 1,
    slotsOf: () => 1,
    executor: (job, attempt) => {
      ran.push(job.input['n']);
      return run(job, attempt);
    },
  });
  t.after(async () => {
    await queue.stop(0);
    await store.close();
  });
  return { queue, store, ran, clock };
}

const numbered = (n: number, more = {}) => jobSpec({ input: { n }, ...more });

test('a delayed job starts when its delay has passed, and says until when it waits', async (t) => {
  const { queue, ran } = await openShop(t);
  queue.start();
  const beganMs = performance.now();
  const [job, ofTomorrow] = await queue.submitAll([
    numbered(1, { delayMs: 60 }),
    numbered(2, { delayMs: 24 * hourMs }),
    numbered(3),
  ]);
  assert.ok(job && ofTomorrow);
  assert.match(queue.whyWaiting(ofTomorrow.jobId) ?? '', /^not before 20\d\d-\d\d-\d\dT/);
  assert.equal((await queue.wait(job.jobId)).state, 'completed');
  assert.ok(performance.now() - beganMs >= 60);
  assert.deepEqual(ran, [3, 1]);
});

test('a wall clock set back or forward neither holds a delayed job nor lets it go early', async (t) => {
  const { queue, clock, ran } = await openShop(t);
  queue.start();
  const job = await queue.submit(numbered(1, { delayMs: 60 }));
  clock.wallAheadMs = -100 * hourMs;
  assert.equal((await queue.wait(job.jobId)).state, 'completed');
  clock.wallAheadMs = 0;
  const later = await queue.submit(numbered(2, { delayMs: 10 * hourMs }));
  clock.wallAheadMs = 100 * hourMs;
  await queue.submit(numbered(3));
  await queue.wait((await queue.submit(numbered(4))).jobId);
  assert.deepEqual(ran, [1, 3, 4]);
  await queue.cancel(later.jobId, 'the test is over');
});

test('after a restart with a clock set back years, a delay is no longer than it was at first', async (t) => {
  const paths = temporaryWorkspace(t);
  const before = await openShop(t, echo, paths);
  before.clock.wallAheadMs = 1_000 * hourMs;
  const { jobId } = await before.queue.submit(numbered(1, { delayMs: 40 }));
  await before.queue.stop(0);
  await before.store.close();
  const after = await openShop(t, echo, paths);
  await after.queue.recover();
  after.queue.start();
  assert.equal((await after.queue.wait(jobId, { timeoutMs: 5_000 })).state, 'completed');
});

test('what has to be over in time and still waits then is failed without having run', async (t) => {
  const { queue, ran, store } = await openShop(t, untilAborted);
  queue.start();
  await queue.submit(numbered(1));
  const late = await queue.submitAll([2, 3, 4].map((n) => numbered(n, { withinMs: 40 })));
  const ended = await Promise.all(late.map(({ jobId }) => queue.wait(jobId)));
  for (const job of ended) {
    assert.deepEqual([job.state, job.error?.code, job.attempt], ['failed', 'DEADLINE_EXCEEDED', 0]);
  }
  assert.deepEqual(ran, [1]);
  assert.equal(store.reader.job(late[0]?.jobId ?? '')?.startedAt, null);
});

test('however many were over while no host ran, the next one begins none of them', async (t) => {
  const paths = temporaryWorkspace(t);
  const before = await openShop(t, echo, paths);
  const late = Array.from({ length: 1_200 }, (_, n) => numbered(n, { withinMs: hourMs }));
  await before.queue.submitAll(late);
  const { jobId } = await before.queue.submit(numbered(-1));
  await before.queue.stop(0);
  await before.store.close();
  const { queue, store, ran, clock } = await openShop(t, echo, paths);
  clock.wallAheadMs = 2 * hourMs;
  await queue.recover();
  queue.start();
  await queue.wait(jobId);
  await queue.idle();
  assert.deepEqual(ran, [-1]);
  assert.partialDeepStrictEqual(store.reader.jobStats(0).byState, { completed: 1, failed: 1_200 });
});

test('what runs when its time is over is asked to end, and is not tried again', async (t) => {
  const { queue, ran, clock } = await openShop(t, (job, attempt) => {
    // However long the machine took to come here: from now on the hour is over.
    clock.aheadMs = 2 * hourMs;
    return untilAborted(job, attempt);
  });
  queue.start();
  const retry = { attempts: 9, backoffMs: 0 };
  const [running, waiting] = await queue.submitAll([
    numbered(1, { withinMs: hourMs, retry }),
    // It is for this one that the queue looks at the clock again soon.
    numbered(2, { withinMs: 40, retry }),
  ]);
  assert.ok(running && waiting);
  const ended = await Promise.all([running, waiting].map(({ jobId }) => queue.wait(jobId)));
  assert.deepEqual(
    ended.map(({ state, error, attempt }) => [state, error?.code, error?.retriable, attempt]),
    [
      ['failed', 'DEADLINE_EXCEEDED', false, 1],
      ['failed', 'DEADLINE_EXCEEDED', false, 0],
    ],
  );
  assert.deepEqual(ran, [1]);
});

test('a failure that may pass is tried again, each time later, and others run meanwhile', async (t) => {
  const { queue, ran, store } = await openShop(t, (job, { attempt }) => {
    const isLast = job.input['n'] !== 1 || attempt === 4;
    const error = { ...wireError('busy'), category: 'transient' as const, retriable: true };
    return Promise.resolve(isLast ? completed('done') : { kind: 'failed', error });
  });
  queue.start();
  const retry = { attempts: 5, backoffMs: 20, jitter: 0 };
  const stubborn = await queue.submit(numbered(1, { retry }));
  const other = await queue.submit(numbered(2));
  const done = await queue.wait(stubborn.jobId);
  assert.deepEqual([done.state, done.attempt], ['completed', 4]);
  assert.deepEqual(ran, [1, 2, 1, 1, 1]);
  assert.equal((await queue.wait(other.jobId)).state, 'completed');
  const pauses = store.reader
    .journal({ jobId: stubborn.jobId, eventType: 'job_retrying' })
    .map(({ payload }) => payload['delayMs']);
  assert.deepEqual(pauses, [20, 40, 80]);
});

test('without a pause between them, attempts follow one another, and one end is told', async (t) => {
  const { queue, ran } = await openShop(t, () => {
    const error = { ...wireError('busy'), retriable: true };
    return Promise.resolve({ kind: 'failed', error });
  });
  const ends: string[] = [];
  queue.subscribe((event) => {
    if (isJournaled(event) && event.type === 'job_finished') ends.push(event.jobId ?? '');
  });
  queue.start();
  const retry = { attempts: 50, backoffMs: 0 };
  const jobs = await queue.submitAll([numbered(1, { retry }), numbered(2, { retry })]);
  await queue.idle();
  assert.deepEqual([ran.length, ends.length], [100, 2]);
  assert.deepEqual(
    await Promise.all(jobs.map(async ({ jobId }) => (await queue.wait(jobId)).state)),
    ['failed', 'failed'],
  );
});

test('an error after which the pause is longer than the time that is left ends the job at once', async (t) => {
  const { queue } = await openShop(t, () => {
    const error = { ...wireError('busy'), retriable: true };
    return Promise.resolve({ kind: 'failed', error });
  });
  queue.start();
  const retry = { attempts: 5, backoffMs: 60_000 };
  const job = await queue.submit(numbered(1, { retry, withinMs: 10_000 }));
  assert.equal((await queue.wait(job.jobId, { timeoutMs: 5_000 })).state, 'failed');
});

test('what waits can be moved to the front, to the back, and to a priority', async (t) => {
  const { queue, ran } = await openShop(t);
  const jobs = await queue.submitAll([1, 2, 3, 4, 5].map((n) => numbered(n)));
  const [one, , three, , five] = jobs.map(({ jobId }) => jobId);
  assert.ok(one && three && five);
  await queue.reorder(five, { to: 'first' });
  await queue.reorder(one, { to: 'last' });
  await queue.reorder(three, { priority: 500_000 });
  queue.start();
  await queue.idle();
  assert.deepEqual(ran, [3, 5, 2, 4, 1]);
  await assert.rejects(() => queue.reorder(one, { to: 'first' }), { code: 'JOB_OVER' });
});

test('a delayed job that was moved stands where it was moved to when its delay has passed', async (t) => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { queue, ran } = await openShop(t, async (job) => {
    if (job.input['n'] === 0) await gate;
    return completed('ok');
  });
  queue.start();
  await queue.submit(numbered(0));
  const delayed = await queue.submit(numbered(3, { delayMs: 20 }));
  await queue.submitAll([numbered(1), numbered(2)]);
  await queue.reorder(delayed.jobId, { to: 'first' });
  while (/not before/.test(queue.whyWaiting(delayed.jobId) ?? '')) {
    // oxlint-disable-next-line no-await-in-loop -- until its delay is over
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  open();
  await queue.idle();
  assert.deepEqual(ran, [0, 3, 1, 2]);
});
