import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '@capstan/protocol';
import { type JournaledEvent, payloadOf } from '../../src/stores/index.ts';
import { jobSpec, openStore } from './workspace.ts';

test('a type that nobody knows goes into the journal and comes out as it was, with any payload', async (t) => {
  const { store, reader } = await openStore(t);
  const told: JournaledEvent[] = [];
  store.onCommitted((events) => told.push(...events));
  const types = ['something_else', 'worker_reborn', 'Öl', 'a b'];
  const roundTrip = async (eventType: string, payload: JsonObject): Promise<void> => {
    await store.append([{ eventType, payload, capability: 'speech', workerReported: true }]);
    const [row] = reader.journal({ eventType, newestFirst: true, limit: 1 });
    // Through JSON, which knows no difference between 0 and -0.
    const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    assert.deepEqual(row?.payload, asJson(payload));
    assert.deepEqual(
      [row?.eventType, row?.capability, row?.workerReported],
      [eventType, 'speech', true],
    );
    assert.deepEqual(
      [told.at(-1)?.type, asJson(told.at(-1)?.payload)],
      [eventType, asJson(payload)],
    );
  };
  const payloads = fc.dictionary(
    fc.string().filter((key) => key !== '__proto__' && !key.startsWith('$')),
    fc.jsonValue(),
    { noNullPrototype: true },
  ) as fc.Arbitrary<JsonObject>;
  await fc.assert(fc.asyncProperty(fc.constantFrom(...types), payloads, roundTrip), {
    numRuns: 100,
  });
  assert.deepEqual((await reader.verifyJournal()).problems, []);
});

test('a type that nobody knows changes no job, run or instance', async (t) => {
  const { store, reader } = await openStore(t);
  const [job] = await store.submitJobs([jobSpec()]);
  assert.ok(job);
  const payload = { state: 'completed', attempt: 1, enabled: false };
  await store.append([
    { eventType: 'something_else', jobId: job.jobId, capability: 'speech', payload },
  ]);
  assert.deepEqual(reader.job(job.jobId), job);
  assert.deepEqual(reader.disabledInstances(), []);
});

test('a payload cannot pretend that parts of it lie elsewhere', async (t) => {
  const { store, reader } = await openStore(t);
  const payload = { $stored: { text: 'ab' } };
  await assert.rejects(store.append([{ eventType: 'something_else', payload }]), {
    code: 'INTERNAL',
  });
  assert.equal(reader.lastSeq(), 0);
});

test('what changes a state is written by the operation that decides it, and by nobody else', async (t) => {
  const { store, reader } = await openStore(t);
  const guarded = [
    'job_finished',
    'job_retrying',
    'run_finished',
    'node_reused',
    'instance_disabled',
    'instance_new',
  ];
  for (const eventType of guarded) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await assert.rejects(store.append([{ eventType, capability: 'speech', payload: {} }]), {
      code: 'INTERNAL',
    });
  }
  await store.append([
    { eventType: 'host_started', session: 'host_1', payload: { pid: 7 } },
    { eventType: 'host_stopped', session: 'host_1', payload: {} },
  ]);
  assert.deepEqual(
    reader.journal().map(({ eventType }) => eventType),
    ['host_started', 'host_stopped'],
  );
});

test('a known event is read with the shape of its type', async (t) => {
  const { store, reader } = await openStore(t);
  const [job] = await store.submitJobs([jobSpec({ delayMs: 500, priority: 4 })]);
  const [row] = reader.journal({ jobId: job?.jobId ?? '' });
  assert.ok(row);
  const event = { type: row.eventType, payload: row.payload };
  const submitted = payloadOf(event, 'job_submitted');
  assert.deepEqual(
    [submitted?.delayMs, submitted?.priority, submitted?.effects],
    [500, 4, 'idempotent'],
  );
  assert.equal(payloadOf(event, 'job_finished'), undefined);
});
