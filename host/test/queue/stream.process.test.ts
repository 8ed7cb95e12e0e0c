import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/clock.ts';
import { type HostEvent, isJournaled, Queue } from '../../src/queue/index.ts';
import type { StateStore } from '../../src/stores/index.ts';
import { completed, jobSpec, nodeSpec, openStore, runSpec } from '../stores/workspace.ts';

const manyJobs = 10_000;
const perRequest = 500;

async function openQueue(t: TestContext, progress = 0) {
  const { store } = await openStore(t);
  return queueOf(t, store, progress);
}

function queueOf(t: TestContext, store: StateStore, progress = 0) {
  const queue = new Queue({
    store,
    clock: systemClock,
    lanes: 16,
    slotsOf: () => 16,
    executor: (job, attempt) => {
      for (let n = 1; n <= progress; n++) attempt.onPhase(`step ${n}`);
      return Promise.resolve(completed(job.input));
    },
  });
  t.after(() => queue.stop(0));
  queue.start();
  return { queue, reader: store.reader };
}

async function storm(queue: Queue, jobs = manyJobs): Promise<void> {
  for (let n = 0; n < jobs; n += perRequest) {
    // oxlint-disable-next-line no-await-in-loop -- a page at a time
    await queue.submitAll(Array.from({ length: perRequest }, () => jobSpec()));
  }
  await queue.idle();
}

/** Reads up to a `seq`, handing over to others between events as a slow reader does. */
async function readTo(events: AsyncIterable<HostEvent>, lastSeq: number, everyTurn = 1) {
  const read: HostEvent[] = [];
  for await (const event of events) {
    read.push(event);
    if (read.length % everyTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    if (isJournaled(event) && event.seq >= lastSeq) return read;
  }
  return read;
}

const seqs = (events: readonly HostEvent[]): number[] =>
  events.filter(isJournaled).map(({ seq }) => seq);
const upTo = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, n) => first + n);

test('a subscriber that never reads holds up nobody and fills no memory, and misses nothing when it does read', async (t) => {
  const { queue, reader } = await openQueue(t, 3);
  const asleep = queue.events({ live: true });
  await storm(queue);
  const lastSeq = reader.lastSeq();
  assert.equal(lastSeq, 3 * manyJobs);
  const { dropped } = queue.stats();
  assert.ok(dropped > 2 * manyJobs, `${dropped} live events were too many for it`);
  const read = await readTo(asleep, lastSeq, 1_000);
  assert.deepEqual(seqs(read), upTo(1, lastSeq));
  const told = read.reduce((sum, event) => sum + ('count' in event ? event.count : 0), 0);
  assert.equal(told, dropped);
});

test('one that joins from a cursor in the middle of a storm gets each event once, in order', async (t) => {
  const { queue, reader } = await openQueue(t);
  const storming = storm(queue, 3_000);
  const fromTheStart = queue.events({ afterSeq: 0 });
  while (reader.lastSeq() < 1_500) await new Promise((resolve) => setTimeout(resolve, 1));
  const fromTheMiddle = queue.events({ afterSeq: 700 });
  const fromNow = queue.events({});
  const first = reader.lastSeq() + 1;
  const all = [fromTheStart, fromTheMiddle, fromNow].map((events, n) =>
    readTo(events, 3 * 3_000, [1, 3, 1_000][n]),
  );
  await storming;
  const [start, middle, now] = await Promise.all(all);
  assert.deepEqual(seqs(start ?? []), upTo(1, 9_000));
  assert.deepEqual(seqs(middle ?? []), upTo(701, 9_000));
  assert.deepEqual(seqs(now ?? []), upTo(first, 9_000));
});

test('what is in the journal already, and published only now, comes once', async (t) => {
  const { store } = await openStore(t);
  const queues: Queue[] = [];
  const streams: AsyncIterator<HostEvent>[] = [];
  const begun: Promise<IteratorResult<HostEvent>>[] = [];
  // Heard before the queue hears of it: the rows are on disk, and no subscriber was told yet.
  store.onCommitted(() => {
    for (const queue of queues) {
      const stream = queue.events({ afterSeq: 0 })[Symbol.asyncIterator]();
      streams.push(stream);
      begun.push(stream.next());
    }
  });
  const { queue } = queueOf(t, store);
  queues.push(queue);
  await queue.submitAll([jobSpec({ delayMs: 60_000 }), jobSpec({ delayMs: 60_000 })]);
  queues.pop();
  await queue.submit(jobSpec({ delayMs: 60_000 }));
  const [stream] = streams;
  assert.ok(stream !== undefined && streams.length === 1);
  const read = [await begun[0], await stream.next(), await stream.next()];
  assert.deepEqual(
    read.map((one) => one?.value && 'seq' in one.value && one.value.seq),
    [1, 2, 3],
  );
});

test('what is published while a page of the journal is read out is not missed', async (t) => {
  const { queue } = await openQueue(t);
  const late = jobSpec({ delayMs: 60_000 });
  await queue.submitAll([late, late]);
  const stream = queue.events({ afterSeq: 0 })[Symbol.asyncIterator]();
  const read = [await stream.next()];
  await queue.submit(late);
  read.push(await stream.next(), await stream.next());
  assert.deepEqual(
    read.map(({ value }) => 'seq' in value && value.seq),
    [1, 2, 3],
  );
});

test('a subscriber of one job hears of that job alone', async (t) => {
  const { queue } = await openQueue(t, 1);
  const [one] = await queue.submitAll([jobSpec({ delayMs: 30 }), jobSpec(), jobSpec()]);
  assert.ok(one);
  const read: string[] = [];
  for await (const event of queue.events({ afterSeq: 0, jobId: one.jobId, live: true })) {
    assert.equal(event.jobId, one.jobId);
    read.push(event.type);
    if (event.type === 'job_finished') break;
  }
  assert.deepEqual(read, ['job_submitted', 'phase', 'job_started', 'job_finished']);
});

test('a subscriber of one run, however slow, hears all of that run, once and in order, and nothing else', async (t) => {
  const { store } = await openStore(t);
  const { queue, reader } = queueOf(t, store, 3);
  const nodes = Array.from({ length: 300 }, (_, n) => nodeSpec(`node-${n}`));
  const { runId } = await store.submitRun(runSpec(nodes));
  const begunAt = reader.lastSeq();
  const asleep = queue.events({ runId, live: true });
  const fromTheStart = queue.events({ runId, afterSeq: 0 });
  await store.submitRun(runSpec(nodes));
  await storm(queue, perRequest);
  const ofRun = reader.journal({ runId, limit: 10_000 }).map(({ seq }) => seq);
  const last = ofRun.at(-1) ?? 0;
  const [slow, whole] = await Promise.all([
    readTo(asleep, last, 2),
    readTo(fromTheStart, last, 50),
  ]);
  assert.deepEqual(seqs(whole), ofRun);
  assert.deepEqual(
    seqs(slow),
    ofRun.filter((seq) => seq > begunAt),
  );
  assert.ok(seqs(slow).length > 500);
  for (const event of [...slow, ...whole]) {
    if (event.type !== 'dropped') assert.equal(event.runId, runId);
  }
  const live = slow.filter(({ type }) => type === 'phase').length;
  const dropped = slow.reduce((sum, event) => sum + ('count' in event ? event.count : 0), 0);
  assert.ok(dropped > 0 && dropped + live <= 3 * nodes.length, `${dropped} dropped, ${live} told`);
});

test('what happens live before a subscriber has read what it missed is told to it all the same', async (t) => {
  const { queue } = await openQueue(t, 3);
  await queue.submit(jobSpec({ delayMs: 60_000 }));
  const events = queue.events({ afterSeq: 0, live: true });
  const { jobId } = await queue.submit(jobSpec());
  await queue.wait(jobId);
  const read: string[] = [];
  for await (const { type } of events) {
    read.push(type);
    if (read.length === 7) break;
  }
  const [missed, submitted, ...others] = read;
  assert.deepEqual([missed, submitted], ['job_submitted', 'job_submitted']);
  assert.deepEqual(others, ['job_started', 'job_finished', 'phase', 'phase', 'phase']);
});

test('live events are told only to those who ask for them', async (t) => {
  const { queue, reader } = await openQueue(t, 5);
  const events = queue.events({});
  await storm(queue, perRequest);
  const read = await readTo(events, reader.lastSeq());
  assert.equal(read.length, 3 * perRequest);
});

test('a cursor beyond the end of the journal is refused', async (t) => {
  const { queue } = await openQueue(t);
  assert.throws(() => queue.events({ afterSeq: 5 }), {
    code: 'CURSOR_AHEAD',
    details: { afterSeq: 5, lastSeq: 0 },
  });
});

test('a stream ends when its reader says so, and when the queue stops, after the last event', async (t) => {
  const { queue } = await openQueue(t);
  const controller = new AbortController();
  const abandoned = readTo(queue.events({ signal: controller.signal }), 1);
  controller.abort();
  assert.deepEqual(await abandoned, []);
  const events = queue.events({});
  await queue.submit(jobSpec());
  await queue.idle();
  await queue.stop(0);
  assert.deepEqual(seqs(await readTo(events, 99)), [1, 2, 3]);
  assert.equal(queue.stats().subscribers, 0);
});

test('one who had left before it was let in is told nothing, and is no subscriber', async (t) => {
  const { queue, reader } = await openQueue(t);
  await storm(queue, perRequest);
  const events = queue.events({ afterSeq: 0, signal: AbortSignal.abort() });
  assert.deepEqual(await readTo(events, reader.lastSeq()), []);
  assert.equal(queue.stats().subscribers, 0);
});

test('whoever asks later hears how far each running job has come, and nothing of one that is over', async (t) => {
  const { store } = await openStore(t);
  const told = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  const queue = new Queue({
    store,
    clock: systemClock,
    lanes: 1,
    slotsOf: () => 1,
    executor: async (_, attempt) => {
      attempt.onProgress(0.25, 'a quarter');
      attempt.onProgress(0.5, 'half');
      told.resolve();
      await mayEnd.promise;
      return completed({});
    },
  });
  t.after(() => queue.stop(0));
  queue.start();
  const { jobId } = await queue.submit(jobSpec());
  await told.promise;
  const heard: string[] = [];
  for await (const event of queue.events({ afterSeq: 0, jobId, live: true })) {
    heard.push('message' in event ? event.message : event.type);
    if (event.type === 'progress') mayEnd.resolve();
    if (event.type === 'job_finished') break;
  }
  // The start is written when the disk has time, which may be after the first word of the tool.
  assert.deepEqual(
    new Set(heard),
    new Set(['job_submitted', 'job_started', 'half', 'job_finished']),
  );
  const late: string[] = [];
  const signal = AbortSignal.timeout(200);
  for await (const { type } of queue.events({ jobId, live: true, signal })) late.push(type);
  assert.deepEqual(late, []);
});
