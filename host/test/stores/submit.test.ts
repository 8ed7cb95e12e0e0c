import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostError } from '../../src/errors.ts';
import { completed, jobSpec, openStore } from './workspace.ts';

const year = 366 * 24 * 3_600_000;

/** What is wrong with it, and the field that the answer has to name. */
const refusals: [what: string, spec: { [field: string]: unknown }, field: string][] = [
  ['a negative priority', { priority: -1 }, 'priority'],
  ['a priority beyond the highest', { priority: 1_000_001 }, 'priority'],
  ['half a priority', { priority: 0.5 }, 'priority'],
  ['a priority that is a text', { priority: '5' }, 'priority'],
  ['a negative delay', { delayMs: -1 }, 'delayMs'],
  ['a delay of more than a year', { delayMs: year + 1 }, 'delayMs'],
  ['a delay that is no number', { delayMs: Number.NaN }, 'delayMs'],
  ['no time at all', { withinMs: 0 }, 'withinMs'],
  ['endless time', { withinMs: Number.POSITIVE_INFINITY }, 'withinMs'],
  ['a delay that outlasts its time', { withinMs: 500, delayMs: 500 }, 'delayMs'],
  ['a deadline of nothing', { deadlineMs: 0 }, 'deadlineMs'],
  ['a retry policy without attempts', { retry: {} }, 'retry.attempts'],
  ['no attempt at all', { retry: { attempts: 0 } }, 'retry.attempts'],
  ['too many attempts', { retry: { attempts: 101 } }, 'retry.attempts'],
  ['a negative back-off', { retry: { attempts: 2, backoffMs: -1 } }, 'retry.backoffMs'],
  ['a shrinking back-off', { retry: { attempts: 2, factor: 0.5 } }, 'retry.factor'],
  ['more than all of the jitter', { retry: { attempts: 2, jitter: 1.1 } }, 'retry.jitter'],
  ['a misspelt retry policy', { retry: { attempts: 2, backoff: 5 } }, 'retry.backoff'],
  ['a retry policy that is a number', { retry: 3 }, 'retry'],
  ['an empty key', { idempotencyKey: '' }, 'idempotencyKey'],
  ['a key that is too long', { idempotencyKey: 'k'.repeat(513) }, 'idempotencyKey'],
  ['a label that is too long', { runId: 'r'.repeat(257) }, 'runId'],
  ['flags in a list', { control: [] }, 'control'],
  ['an input that is a text', { input: 'hello' }, 'input'],
  ['an unknown effect', { effects: 'harmless' }, 'effects'],
  ['no capability', { capability: '' }, 'capability'],
  ['an action and a task', { task: 'speak', method: 'say' }, 'action'],
];

for (const [what, spec, field] of refusals) {
  test(`${what} is refused by name, and nothing is accepted with it`, async (t) => {
    const { store, reader } = await openStore(t);
    const refused = store.submitJobs([jobSpec(), jobSpec(spec)]);
    await assert.rejects(refused, (error: HostError) => {
      assert.equal(error.code, 'INPUT_INVALID');
      assert.equal(error.details['field'], field);
      assert.ok(error.message.startsWith(`${field} is not valid: `), error.message);
      assert.match(error.message, /Allowed: /);
      return true;
    });
    assert.equal(reader.lastSeq(), 0);
  });
}

test('what is allowed at its very edge is accepted', async (t) => {
  const { store, reader } = await openStore(t);
  const [job] = await store.submitJobs([
    jobSpec({
      priority: 1_000_000,
      delayMs: 1_000,
      withinMs: year,
      retry: { attempts: 100, backoffMs: 0, factor: 1, maxBackoffMs: 0, jitter: 1 },
      idempotencyKey: 'k'.repeat(512),
      control: {},
      runId: 'nightly',
    }),
  ]);
  assert.ok(job);
  assert.deepEqual(reader.job(job.jobId), job);
  const accepted = Date.parse(job.submittedAt);
  assert.equal(Date.parse(job.notBefore ?? '') - accepted, 1_000);
  assert.equal(Date.parse(job.expiresAt ?? '') - accepted, year);
});

test('a key names what is done: trying harder or later is the same request, other flags are not', async (t) => {
  const { store } = await openStore(t);
  const spec = jobSpec({ idempotencyKey: 'k', control: { dry: true } });
  const [first] = await store.submitJobs([spec]);
  const [again] = await store.submitJobs([
    { ...spec, priority: 9, delayMs: 5, retry: { attempts: 2 }, runId: 'later', actor: 'bob' },
  ]);
  assert.equal(again?.jobId, first?.jobId);
  const other = store.submitJobs([{ ...spec, input: {}, control: { dry: false } }]);
  await assert.rejects(other, (error: HostError) => {
    assert.equal(error.code, 'IDEMPOTENCY_CONFLICT');
    assert.deepEqual(error.details['differing'], ['input', 'control']);
    return true;
  });
});

test('the same key twice in one batch is one job, with another payload the batch is refused', async (t) => {
  const { store, reader } = await openStore(t);
  const spec = jobSpec({ idempotencyKey: 'k' });
  const [one, two] = await store.submitJobs([spec, spec]);
  assert.equal(one?.jobId, two?.jobId);
  const other = jobSpec({ idempotencyKey: 'l' });
  const conflicting = store.submitJobs([other, { ...other, input: { language: 'de' } }]);
  await assert.rejects(conflicting, { code: 'IDEMPOTENCY_CONFLICT' });
  assert.equal(reader.jobs().length, 1);
});

test('a disabled instance takes nothing new, keeps what it has, and takes work again when enabled', async (t) => {
  const { store, reader } = await openStore(t);
  const keyed = jobSpec({ idempotencyKey: 'k' });
  const [waiting, running] = await store.submitJobs([keyed, jobSpec()]);
  assert.ok(waiting && running);
  await store.startAttempt(running.jobId, 'call');
  assert.deepEqual(await store.setInstanceEnabled('speech', false, 'ada'), { changed: true });
  assert.deepEqual(await store.setInstanceEnabled('speech', false, 'ada'), { changed: false });
  assert.deepEqual(reader.disabledInstances(), ['speech']);
  await assert.rejects(store.submitJobs([jobSpec()]), { code: 'CAPABILITY_DISABLED' });
  const [same] = await store.submitJobs([keyed]);
  assert.equal(same?.jobId, waiting.jobId, 'what was accepted before is answered as it was');
  await store.submitJobs([jobSpec({ capability: 'other' })]);
  await store.finishAttempt(running.jobId, 1, completed('ok'));
  assert.equal(reader.job(running.jobId)?.state, 'completed');
  assert.equal(reader.job(waiting.jobId)?.state, 'pending');
  await store.setInstanceEnabled('speech', true, 'ada');
  assert.deepEqual(reader.disabledInstances(), []);
  assert.equal((await store.submitJobs([jobSpec()])).length, 1);
  const told = reader.journal({ eventType: ['instance_enabled', 'instance_disabled'] });
  assert.deepEqual(
    told.map(({ eventType, capability, actor }) => [eventType, capability, actor]),
    [
      ['instance_disabled', 'speech', 'ada'],
      ['instance_enabled', 'speech', 'ada'],
    ],
  );
  assert.deepEqual((await reader.verifyJournal()).problems, []);
});

test('a label groups jobs that belong to no composition', async (t) => {
  const { store, reader } = await openStore(t);
  const [one] = await store.submitJobs([jobSpec({ runId: 'nightly' }), jobSpec()]);
  assert.ok(one);
  await store.startAttempt(one.jobId, 'call');
  await store.finishAttempt(one.jobId, 1, completed('ok'));
  assert.deepEqual(
    reader.jobs({ runId: 'nightly' }).map(({ jobId, state }) => [jobId, state]),
    [[one.jobId, 'completed']],
  );
  assert.equal(reader.journal({ runId: 'nightly' }).length, 3);
  assert.equal(reader.journal({ composition: 'nightly' }).length, 0);
  await assert.rejects(store.cancelRun('nightly', 'no'), { code: 'JOB_NOT_FOUND' });
});
