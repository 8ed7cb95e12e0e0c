import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Json } from '@capstan/protocol';
import { defaults } from '../../src/defaults.ts';
import { HostError } from '../../src/errors.ts';
import {
  type AttemptContext,
  type ExecuteOutcome,
  type JobStream,
  Queue,
} from '../../src/queue/index.ts';
import { type JobRow, StateStore } from '../../src/stores/index.ts';
import { completed, failed, jobSpec, openStore, steppingClock } from '../stores/workspace.ts';

type Executor = (job: JobRow, attempt: AttemptContext) => Promise<ExecuteOutcome>;

async function openQueue(t: TestContext, executor: Executor, slots = 4) {
  const opened = await openStore(t);
  const queue = new Queue({
    store: opened.store,
    executor,
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    lanes: 4,
    slotsOf: () => slots,
  });
  queue.start();
  const stream = (options?: Parameters<Queue['stream']>[1]): JobStream =>
    queue.stream(() => Promise.resolve(jobSpec()), options);
  return { ...opened, queue, stream };
}

/** Makes these values, each when there is room for it, and ends as it is told. */
const maker =
  (values: readonly Json[], end: ExecuteOutcome = completed('ok'), characters = 1): Executor =>
  async (_, attempt) => {
    for (const value of values) await attempt.onChunk(value, characters);
    return end;
  };

/** Makes values until it is told to stop, and counts them. */
function endless(characters: number) {
  const made = { count: 0, stopped: false };
  const executor: Executor = async (_, attempt) => {
    while (!attempt.signal.aborted) {
      await attempt.onChunk(made.count, characters);
      made.count += 1;
      if (made.count % 100 === 0) await nextTurn();
    }
    made.stopped = true;
    const { reason } = attempt.signal;
    assert.ok(reason instanceof HostError);
    return {
      kind: reason.category === 'cancelled' ? 'cancelled' : 'failed',
      error: reason.toWire('2026-01-01T00:00:00.000Z'),
    };
  };
  return { made, executor };
}

test('the values of a job come in order, and its row says how many there were', async (t) => {
  const values = Array.from({ length: 1_000 }, (_, n) => ({ n }));
  const { stream, reader } = await openQueue(t, maker(values));
  const values$ = stream();
  const read: Json[] = [];
  for await (const value of values$) read.push(value);
  assert.deepEqual(read, values);
  const job = reader.job(await values$.jobId);
  assert.deepEqual([job?.state, job?.result, job?.stream], ['completed', { values: 1_000 }, true]);
});

test('a job that fails ends its stream with its error, after the values before it', async (t) => {
  const { stream } = await openQueue(t, maker(['one', 'two'], failed('it broke')));
  const read: Json[] = [];
  const reading = (async () => {
    for await (const value of stream()) read.push(value);
  })();
  await assert.rejects(reading, (error: HostError) => {
    assert.ok(error instanceof HostError);
    assert.deepEqual([error.code, error.message], ['TOOL_FAILED', 'it broke']);
    assert.equal((error.details['error'] as { code: string }).code, 'TOOL_BROKE');
    return true;
  });
  assert.deepEqual(read, ['one', 'two']);
});

test('what cannot be accepted is thrown by the loop, and by whoever asks for the id', async (t) => {
  const { queue } = await openQueue(t, maker([]));
  const refused = () => Promise.reject(new HostError('ACTION_NOT_FOUND', 'there is no such'));
  await assert.rejects(queue.stream(refused).jobId, { code: 'ACTION_NOT_FOUND' });
  await assert.rejects(queue.stream(refused).next(), { code: 'ACTION_NOT_FOUND' });
  const keyed = queue.stream(() => Promise.resolve(jobSpec({ idempotencyKey: 'k' })));
  await assert.rejects(keyed.next(), { code: 'INPUT_INVALID' });
});

test('a tool is held up by a reader that takes its time, and what waits is bounded', async (t) => {
  const { made, executor } = endless(10_000);
  const { stream } = await openQueue(t, executor);
  const values = stream();
  await values.next();
  for (let turn = 0; turn < 200; turn++) await nextTurn();
  const most = Math.ceil(defaults.streamAheadCharacters / 10_000) + 1;
  assert.ok(made.count > 1 && made.count <= most, `${made.count} were made, ${most} at most`);
  const before = made.count;
  for (let n = 0; n < before; n++) await values.next();
  for (let turn = 0; turn < 200; turn++) await nextTurn();
  assert.ok(made.count > before, 'and goes on when there is room');
  await values.return();
});

for (const [how, leave] of [
  [
    'break',
    async (values: JobStream) => {
      for await (const _ of values) break;
    },
  ],
  [
    'an error of the reader',
    async (values: JobStream) => {
      const reading = (async () => {
        for await (const value of values) throw new Error(`I do not like ${String(value)}`);
      })();
      await assert.rejects(reading, /I do not like 0/);
    },
  ],
  [
    'return',
    async (values: JobStream) => {
      await values.next();
      await values.return();
    },
  ],
  [
    'the end of `await using`',
    async (values: JobStream) => {
      await using held = values;
      await held.next();
    },
  ],
] as const) {
  test(`leaving a stream by ${how} cancels its job, and has it ended when the loop is left`, async (t) => {
    const { made, executor } = endless(1);
    const { stream, reader } = await openQueue(t, executor);
    const values = stream();
    await leave(values);
    assert.equal(made.stopped, true);
    assert.equal(reader.job(await values.jobId)?.state, 'cancelled');
    assert.deepEqual(await values.next(), { done: true, value: undefined });
  });
}

test('a tool that is held up is let go when its reader leaves', async (t) => {
  const { made, executor } = endless(1_000_000);
  const { stream, reader } = await openQueue(t, executor);
  const values = stream();
  await values.next();
  await values.return();
  assert.equal(made.stopped, true);
  assert.equal(reader.job(await values.jobId)?.state, 'cancelled');
});

test('aborting the signal leaves the stream, and the loop hears why', async (t) => {
  const { made, executor } = endless(1);
  const { stream, reader } = await openQueue(t, executor);
  const leaving = new AbortController();
  const values = stream({ signal: leaving.signal });
  const reading = (async () => {
    for await (const value of values) if (value === 50) leaving.abort(new Error('seen enough'));
  })();
  await assert.rejects(reading, { code: 'CANCELLED', message: /seen enough/ });
  await values.return();
  assert.equal(made.stopped, true);
  assert.equal(reader.job(await values.jobId)?.state, 'cancelled');
  const late = stream({ signal: AbortSignal.abort(new Error('never')) });
  await assert.rejects(late.next(), { code: 'CANCELLED' });
});

test('a stream whose job is cancelled by somebody else ends with that', async (t) => {
  const { executor } = endless(1);
  const { queue, stream } = await openQueue(t, executor);
  const values = stream();
  const reading = (async () => {
    for await (const value of values) {
      if (value === 10) await queue.cancel(await values.jobId, 'by the admin');
    }
  })();
  await assert.rejects(reading, { code: 'CANCELLED', category: 'cancelled' });
});

test('a stream that waits in line is cancelled where it stands when its reader leaves', async (t) => {
  const { executor } = endless(1);
  const { stream, reader } = await openQueue(t, executor, 1);
  const first = stream();
  await first.next();
  const second = stream();
  const jobId = await second.jobId;
  assert.equal(reader.job(jobId)?.state, 'pending');
  await second.return();
  assert.deepEqual([reader.job(jobId)?.state, reader.job(jobId)?.attempt], ['cancelled', 0]);
  await first.return();
});

test('progress and phases are told to the reader', async (t) => {
  const told: [number, string][] = [];
  const { stream } = await openQueue(t, async (_, attempt) => {
    attempt.onPhase('starting worker');
    attempt.onProgress(0.5, 'halfway');
    await attempt.onChunk('value', 5);
    return completed('ok');
  });
  for await (const _ of stream({ onProgress: (progress, text) => told.push([progress, text]) })) {
    // what matters is what is told beside
  }
  assert.deepEqual(told, [
    [-1, 'starting worker'],
    [0.5, 'halfway'],
  ]);
});

test('a host that stops ends its streams as lost, and those in line as cancelled; none is run again', async (t) => {
  const { executor } = endless(1);
  const { queue, stream, store, reader, paths } = await openQueue(t, executor, 1);
  const running = stream();
  await running.next();
  const waiting = stream();
  const ids = [await running.jobId, await waiting.jobId];
  await queue.stop(0);
  assert.deepEqual(
    ids.map((id) => [reader.job(id)?.state, reader.job(id)?.error?.code]),
    [
      ['failed', 'STREAM_LOST'],
      ['cancelled', 'CANCELLED'],
    ],
  );
  const reading = (async () => {
    for await (const _ of running);
  })();
  await assert.rejects(reading, { code: 'STREAM_LOST' });
  await assert.rejects(stream().next(), { code: 'CANCELLED' });
  await store.close();
  const next = await StateStore.open({ paths, clock: steppingClock(), reserveBytes: 0 });
  t.after(() => next.close());
  const report = await next.recover();
  assert.deepEqual([report.rerun, report.interrupted, report.pending], [[], [], 0]);
});

test('batches hand on all that has come at once, and leave as a loop does', async (t) => {
  const values = Array.from({ length: 5_000 }, (_, n) => n);
  const { stream } = await openQueue(t, async (_, attempt) => {
    for (const value of values) void attempt.onChunk(value, 10);
    await nextTurn();
    return completed('ok');
  });
  const read: Json[] = [];
  let batches = 0;
  for await (const batch of stream().batches()) {
    batches += 1;
    read.push(...batch);
  }
  assert.deepEqual(read, values);
  assert.ok(batches < 10, `${batches} batches`);
});

test('a stream has one reader that asks one thing after the other, and is over when it is over', async (t) => {
  const { stream } = await openQueue(t, maker(['only']));
  const values = stream();
  assert.deepEqual(await values.next(), { done: false, value: 'only' });
  assert.deepEqual(await values.next(), { done: true, value: undefined });
  assert.deepEqual(await values.next(), { done: true, value: undefined });
});
