import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttemptOutcome, CallResources, StateStore } from '../../src/stores/index.ts';
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
  const told = reader
    .profiles()
    .map(({ instance, capability, configHash, calls, completed: done, usage }) => {
      return { instance, capability, configHash, calls, completed: done, usage };
    });
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

const used = (over: Partial<CallResources> = {}): CallResources => ({
  peakRssBytes: 100,
  meanRssBytes: 80,
  meanCpuPercent: 50,
  peakVramBytes: { 0: 10 },
  samples: 2,
  ...over,
});

test('means and peaks are of completed calls, and what failed or was cancelled is kept apart', async (t) => {
  const { store, reader } = await openStore(t);
  const h = { configHash: 'h' };
  await call(store, {}, { ...completed('ok'), ...h, durationMs: 10, resources: used() });
  const more = used({ peakRssBytes: 300, meanRssBytes: 100, meanCpuPercent: null });
  const onTwo = { ...more, peakVramBytes: { 0: 20, 1: 8 } };
  await call(store, {}, { ...completed('ok'), ...h, durationMs: 20, resources: onTwo });
  const untold = used({ peakVramBytes: null, meanRssBytes: 60, meanCpuPercent: 100 });
  await call(store, {}, { ...completed('ok'), ...h, durationMs: 60, resources: untold });
  await call(store, {}, { ...completed('not looked at'), ...h, durationMs: 30 });
  const burst = used({ peakRssBytes: 9000, peakVramBytes: { 1: 7000 } });
  await call(store, {}, { ...failed(), ...h, durationMs: 1, resources: burst });
  const error = wireError('no more of it');
  const less = used({ peakRssBytes: 7, peakVramBytes: { 0: 3, 1: 3 } });
  await call(store, {}, { kind: 'cancelled', error, ...h, durationMs: 9e9, resources: less });
  const { lastAt: _, ...profile } = reader.profile('speech', 'h') ?? {};
  assert.deepEqual(profile, {
    instance: 'speech',
    capability: 'speech',
    configHash: 'h',
    calls: 6,
    completed: 4,
    usage: {},
    meanDurationMs: 30,
    measured: 3,
    meanCpuPercent: 75,
    meanRssBytes: 80,
    peakRssBytes: 300,
    vramMeasured: 2,
    meanVramBytes: { 0: 15, 1: 4 },
    peakVramBytes: { 0: 20, 1: 8 },
    failedMeasured: 2,
    failedPeakRssBytes: 9000,
    failedPeakVramBytes: { 0: 3, 1: 7000 },
  });
  assert.deepEqual((await reader.replayCheck()).problems, []);
});

test('of an instance that was not called there is no profile, and of one nobody looked at no peaks', async (t) => {
  const { store, reader } = await openStore(t);
  assert.equal(reader.profile('speech', 'h'), null);
  await call(store, {}, { ...failed(), configHash: 'h', durationMs: 3 });
  const profile = reader.profile('speech', 'h');
  const { meanDurationMs, peakRssBytes, peakVramBytes, failedPeakRssBytes } = profile ?? {};
  assert.deepEqual(
    [meanDurationMs, peakRssBytes, peakVramBytes, failedPeakRssBytes],
    [null, null, null, null],
  );
});

test('the job shows what its last attempt used', async (t) => {
  const { store, reader } = await openStore(t);
  const resources = used();
  const jobId = await call(store, {}, { ...completed('ok'), configHash: 'h', resources });
  assert.deepEqual(reader.job(jobId)?.resources, resources);
  const other = await call(store, {}, { ...completed('ok'), configHash: 'h' });
  assert.equal(reader.job(other)?.resources, null);
});

test('profiles are reset by instance and configuration, and the journal knows who did it', async (t) => {
  const { store, reader } = await openStore(t);
  const fill = async (): Promise<void> => {
    for (const instance of [undefined, 'speech-large']) {
      for (const configHash of ['h1', 'h2']) {
        const named = instance === undefined ? {} : { instance };
        // oxlint-disable-next-line no-await-in-loop -- in this order
        await call(store, named, { ...completed('ok'), configHash, resources: used() });
      }
    }
  };
  const left = (): string[] =>
    reader.profiles().map(({ instance, configHash }) => `${instance}/${configHash}`);
  await fill();
  const one = { instance: 'speech', configHash: 'h1', actor: 'ada' };
  assert.deepEqual(await store.resetProfiles(one), { count: 1 });
  assert.deepEqual(left(), ['speech/h2', 'speech-large/h1', 'speech-large/h2']);
  assert.deepEqual(await store.resetProfiles(one), { count: 0 });
  assert.deepEqual(await store.resetProfiles({ configHash: 'h2', actor: 'ada' }), { count: 2 });
  assert.deepEqual(left(), ['speech-large/h1']);
  await fill();
  assert.equal(reader.profile('speech-large', 'h1')?.calls, 2);
  assert.equal(reader.profile('speech', 'h1')?.calls, 1, 'it began anew');
  assert.deepEqual(await store.resetProfiles({ instance: 'speech-large', actor: 'ada' }), {
    count: 2,
  });
  assert.deepEqual(await store.resetProfiles({ actor: 'ada' }), { count: 2 });
  assert.deepEqual(left(), []);
  const resets = reader.journal({ eventType: 'profiles_reset' });
  assert.deepEqual(
    resets.map(({ actor, instance, configHash, payload }) => [
      actor,
      instance,
      configHash,
      payload['count'],
    ]),
    [
      ['ada', null, 'h1', 1],
      ['ada', null, 'h2', 2],
      ['ada', 'speech-large', null, 2],
      ['ada', null, null, 2],
    ],
  );
  assert.deepEqual((await reader.replayCheck()).problems, []);
});
