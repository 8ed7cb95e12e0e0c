import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttemptOutcome, StateStore } from '../../src/stores/index.ts';
import { completed, failed, jobSpec, openStore, wireError } from './workspace.ts';

async function call(
  store: StateStore,
  over: Parameters<typeof jobSpec>[0],
  outcome: AttemptOutcome,
): Promise<string> {
  const [job] = await store.submitJobs([jobSpec(over)]);
  const jobId = job?.jobId ?? '';
  await store.startAttempt(jobId, 'call');
  await store.finishAttempt(jobId, 1, outcome);
  return jobId;
}

test('what calls used is summed by unit, for each instance and configuration by itself', async (t) => {
  const { store, reader } = await openStore(t);
  const tokens = { tokens: 100, seconds: 0.5 };
  await call(store, {}, { ...completed('ok'), configHash: 'h1', usage: tokens });
  await call(store, {}, { ...completed('ok'), configHash: 'h1', usage: { tokens: 20, pages: 3 } });
  await call(store, {}, { ...failed(), configHash: 'h1', usage: { tokens: 1 } });
  await call(store, {}, { ...completed('ok'), configHash: 'h2' });
  const large = { instance: 'speech-large' };
  await call(store, large, { ...completed('ok'), configHash: 'h1', usage: tokens });
  const told = reader.profiles().map(({ lastAt: _, ...profile }) => profile);
  const speech = { capability: 'speech' };
  assert.deepEqual(told, [
    {
      ...speech,
      instance: 'speech',
      configHash: 'h1',
      calls: 3,
      completed: 2,
      usage: { tokens: 121, seconds: 0.5, pages: 3 },
    },
    { ...speech, instance: 'speech', configHash: 'h2', calls: 1, completed: 1, usage: {} },
    {
      ...speech,
      instance: 'speech-large',
      configHash: 'h1',
      calls: 1,
      completed: 1,
      usage: tokens,
    },
  ]);
  assert.deepEqual((await reader.replayCheck()).problems, []);
});

test('an attempt that is repeated has used what it used', async (t) => {
  const { store, reader } = await openStore(t);
  const [job] = await store.submitJobs([jobSpec({ retry: { attempts: 2, backoffMs: 0 } })]);
  const jobId = job?.jobId ?? '';
  await store.startAttempt(jobId, 'call');
  const error = { ...wireError('it may pass'), retriable: true };
  const used = { configHash: 'h', usage: { tokens: 5 } };
  const { kind } = await store.finishAttempt(jobId, 1, { kind: 'failed', error, ...used });
  assert.equal(kind, 'retrying');
  await store.startAttempt(jobId, 'again');
  await store.finishAttempt(jobId, 2, { ...completed('ok'), ...used });
  const [profile] = reader.profiles();
  assert.deepEqual([profile?.calls, profile?.completed, profile?.usage], [2, 1, { tokens: 10 }]);
  assert.deepEqual((await reader.replayCheck()).problems, []);
});

test('an attempt that reached no worker is no call', async (t) => {
  const { store, reader } = await openStore(t);
  await call(store, {}, failed());
  assert.deepEqual(reader.profiles(), []);
});

test('a unit may have any name, and what is no amount is left out', async (t) => {
  const { store, reader } = await openStore(t);
  const usage = JSON.parse('{"__proto__":2,"constructor":1,"words":"many"}') as {
    [unit: string]: number;
  };
  for (let n = 0; n < 2; n++) {
    await call(store, {}, { ...completed('ok'), configHash: 'h', usage });
  }
  const told = JSON.stringify(reader.profiles()[0]?.usage);
  assert.equal(told, '{"__proto__":4,"constructor":2}');
  assert.deepEqual((await reader.replayCheck()).problems, []);
});

test('usage of more units than stand in a row is summed all the same, and rebuilt', async (t) => {
  const { store, reader } = await openStore(t);
  const usage = Object.fromEntries(
    Array.from({ length: 3_000 }, (_, n) => [`unit-number-${n}`, n] as const),
  );
  await call(store, {}, { ...completed('ok'), configHash: 'h', usage });
  assert.deepEqual(reader.profiles()[0]?.usage, usage);
  assert.deepEqual((await reader.replayCheck()).problems, []);
});
