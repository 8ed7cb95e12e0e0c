import assert from 'node:assert/strict';
import { copyFileSync, renameSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { eventsIn, type FromWriter, type Request } from '../../src/stores/writer/messages.ts';
import { Writer } from '../../src/stores/writer/writer.ts';
import { jobSpec, temporaryWorkspace } from './workspace.ts';

function openWriter(t: TestContext, stateDb = temporaryWorkspace(t).stateDb) {
  const writer = new Writer(
    { stateDb, binder: null, allowNetworkFilesystem: false, reserveBytes: 0 },
    (same) => same,
  );
  t.after(() => writer.close());
  return { writer, stateDb };
}

const request = (id: number, operation: Request['operation'], args: object): Request => ({
  id,
  operation,
  args: { nowMs: 0, ...args },
});
const submit = (id: number) => request(id, 'submitJobs', { specs: [jobSpec()] });

function committed(message: FromWriter): Extract<FromWriter, { kind: 'committed' }> {
  assert.ok(message.kind === 'committed', JSON.stringify(message));
  return message;
}

test('requests that arrive together are one transaction, and a bad one fails alone', (t) => {
  const { writer } = openWriter(t);
  const bad = request(2, 'cancelJob', { jobId: 'job_x', reason: 'no' });
  const { answers, events, accepted } = committed(writer.perform([submit(1), bad, submit(3)]));
  assert.deepEqual(
    answers.map((answer) => ('error' in answer ? answer.error.code : 'ok')),
    ['ok', 'JOB_NOT_FOUND', 'ok'],
  );
  assert.deepEqual(
    eventsIn(events).map(({ seq }) => seq),
    [1, 2],
    'the journal has no gap where the bad one was',
  );
  assert.deepEqual(
    accepted.map(({ jobId }) => jobId),
    eventsIn(events).map(({ jobId }) => jobId),
    'nothing is handed on twice',
  );
});

test('an older copy in place of the file is not taken for it', (t) => {
  const { writer, stateDb } = openWriter(t);
  committed(writer.perform([submit(1)]));
  copyFileSync(stateDb, `${stateDb}.copy`);
  committed(writer.perform([submit(2)]));
  renameSync(stateDb, `${stateDb}.true`);
  for (const suffix of ['-wal', '-shm']) renameSync(stateDb + suffix, `${stateDb}.true${suffix}`);
  renameSync(`${stateDb}.copy`, stateDb);
  assert.equal(writer.perform([submit(3)]).kind, 'unwritten');
  assert.match(writer.check(0).cause?.message ?? '', /another file/);
  assert.equal(writer.perform([submit(4)]).kind, 'unwritten');
});

test('a commit that was taken for failed but reached the disk is told at the check, and not repeated', (t) => {
  const { writer, stateDb } = openWriter(t);
  const { events } = committed(writer.perform([submit(1)]));
  const start = request(2, 'startAttempt', { jobId: eventsIn(events)[0]?.jobId, callId: 'call_1' });
  renameSync(stateDb, `${stateDb}.away`);
  assert.equal(writer.perform([start]).kind, 'unwritten');
  renameSync(`${stateDb}.away`, stateDb);
  // Stands for the pages of that commit, which the disk kept although it reported an error.
  const disk = openWriter(t, stateDb).writer;
  committed(disk.perform([start]));
  const { cause, events: untold } = writer.check(0);
  assert.equal(cause, null);
  assert.deepEqual(
    eventsIn(untold).map(({ seq, type }) => [seq, type]),
    [
      [2, 'job_started'],
      [3, 'store_wedged'],
      [4, 'store_recovered'],
    ],
  );
  const again = committed(writer.perform([start]));
  assert.deepEqual(again.events, []);
  assert.deepEqual(again.answers, [{ id: 2, value: { kind: 'started', attempt: 1 } }]);
});
