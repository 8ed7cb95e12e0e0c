import assert from 'node:assert/strict';
import type { Check } from '../subject.ts';
import { type Answer, type Worker, until, withWorker } from '../worker.ts';

interface Running {
  answer: Promise<Answer>;
}

/** Starts a call that sleeps, and waits until the worker knows it. */
async function sleeping(
  worker: Worker,
  call: string,
  input: { ms?: number; honour?: string } = {},
  headers: { [name: string]: string } = {},
): Promise<Running> {
  const answer = worker.execute(
    'sleep',
    { ms: 30_000, ...input },
    { headers: { 'capstan-call': call, ...headers } },
  );
  await until(`${call} is running`, async () => {
    const { json } = await worker.ask('GET', '/progress');
    return call in json.calls;
  });
  return { answer };
}

const cancel = async (worker: Worker, body: { call?: string; reason?: string }) =>
  (await worker.ask('POST', '/cancel', body)).json;

function assertCancelled({ status, json, text }: Answer): void {
  assert.equal(status, 409, text);
  assert.equal(json._job_error.category, 'cancelled');
  assert.equal(json._job_error.code, 'CANCELLED');
}

export const cancelChecks: Check[] = [
  {
    name: 'cancels one call and leaves its sibling alone',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const sibling = await sleeping(worker, 'sibling', { ms: 500 });
        const other = await sleeping(worker, 'other');
        const reason = 'the user asked';
        assert.deepEqual(await cancel(worker, { call: 'other', reason }), { status: 'cancelled' });
        const answer = await other.answer;
        assertCancelled(answer);
        assert.match(answer.json._job_error.message, /the user asked/);
        assert.equal((await sibling.answer).json, 'slept');
      }),
  },
  {
    name: 'counts a call that honours its cancel by returning as cancelled',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        for (const honour of ['return', 'callback']) {
          const { answer } = await sleeping(worker, honour, { honour });
          await cancel(worker, { call: honour });
          assertCancelled(await answer);
        }
      }),
  },
  {
    name: 'tells a stream of frames that its call was cancelled',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const headers = { accept: 'application/x-ndjson' };
        const { answer } = await sleeping(worker, 'framed', {}, headers);
        await cancel(worker, { call: 'framed' });
        const { status, text } = await answer;
        assert.equal(status, 200);
        assert.equal(JSON.parse(text).error.code, 'CANCELLED');
      }),
  },
  {
    name: 'cancels all calls when none is named, and forgets it for the next call',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const calls = [await sleeping(worker, 'a'), await sleeping(worker, 'b')];
        assert.deepEqual(await cancel(worker, {}), { status: 'cancelled' });
        for (const { answer } of calls) assertCancelled(await answer);
        assert.equal((await worker.execute('sleep', { ms: 20 })).json, 'slept');
        assert.deepEqual(await cancel(worker, {}), { status: 'not_running' });
      }),
  },
  {
    name: 'cancels a call whose cancel came first',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        assert.deepEqual(await cancel(worker, { call: 'early' }), { status: 'not_running' });
        const headers = { 'capstan-call': 'early' };
        assertCancelled(await worker.execute('sleep', { ms: 30_000 }, { headers }));
      }),
  },
  {
    name: 'cancels a call whose caller hangs up',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const controller = new AbortController();
        const headers = { 'capstan-call': 'abandoned', accept: 'application/x-ndjson' };
        const { signal } = controller;
        const abandoned = worker.execute('sleep', { ms: 30_000 }, { headers, signal });
        await until(
          'it runs',
          async () => (await worker.ask('GET', '/health')).json.inFlight === 1,
        );
        controller.abort();
        await assert.rejects(abandoned);
        await until(
          'it ended',
          async () => (await worker.ask('GET', '/health')).json.inFlight === 0,
        );
      }),
  },
  {
    name: 'ends a call at its deadline, with an error of its own',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        for (const honour of ['raise', 'return']) {
          const headers = { 'capstan-deadline-ms': '100' };
          const { status, json } = await worker.execute(
            'sleep',
            { ms: 30_000, honour },
            { headers },
          );
          assert.equal(status, 500);
          assert.equal(json._job_error.code, 'DEADLINE_EXCEEDED');
          assert.equal(json._job_error.category, 'transient');
        }
        const headers = { 'capstan-deadline-ms': '30000' };
        assert.equal((await worker.execute('sleep', { ms: 10 }, { headers })).json, 'slept');
      }),
  },
  {
    name: 'fires cancel callbacks in order, also after one that fails, and none that was taken back',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const ended = worker.frames(
          'callbacks',
          { ms: 5_000 },
          {
            headers: { 'capstan-call': 'listening' },
            onFrame: ({ event }) => {
              if (event === 'progress') void worker.ask('POST', '/cancel', { call: 'listening' });
            },
          },
        );
        const last = (await ended).at(-1);
        assert.ok(last?.event === 'error' && last.error.code === 'CANCELLED', JSON.stringify(last));
        const events = (await worker.execute('events')).json;
        assert.deepEqual(events.slice(-2), ['first', 'second']);
        await until('the log of the failure', () =>
          worker.records.some(({ excText = '' }) => excText.includes('this callback fails')),
        );
      }),
  },
];
