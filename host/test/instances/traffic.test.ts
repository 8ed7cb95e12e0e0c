import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Traffic } from '../../src/instances/traffic.ts';

const never = new AbortController().signal;
const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const closure = { why: 'waiting while it is reconfigured', state: 'reconfiguring' } as const;

function enter(traffic: Traffic, options: { signal?: AbortSignal; phases?: string[] } = {}) {
  return traffic.enter(() => 'a worker', {
    signal: options.signal ?? never,
    onPhase: (text) => options.phases?.push(text),
    inside: () => {},
  });
}

test('calls are counted, not remembered: two in flight are two until the second has left', async () => {
  const traffic = new Traffic();
  await Promise.all([enter(traffic), enter(traffic)]);
  let isQuiet = false;
  traffic.whenNone('all', () => (isQuiet = true));
  traffic.leave();
  traffic.settle();
  assert.deepEqual([traffic.all, isQuiet], [1, false]);
  traffic.leave();
  traffic.settle();
  assert.deepEqual([traffic.all, isQuiet], [0, true]);
});

test('where there are none, whoever waits for that is told in the same turn', () => {
  let isQuiet = false;
  new Traffic().whenNone('all', () => (isQuiet = true));
  assert.equal(isQuiet, true);
});

test('while the gate is closed those inside end, others wait, and then go on in the order they came', async () => {
  const traffic = new Traffic();
  await enter(traffic);
  const done: string[] = [];
  const work = traffic.inQuiet(closure, undefined, async () => {
    done.push('work');
    await turns();
  });
  const phases: string[] = [];
  const calls = ['first', 'second'].map((name) =>
    enter(traffic, { phases }).then(() => done.push(name)),
  );
  await turns();
  assert.deepEqual([done, traffic.all, traffic.admitted], [[], 3, 1]);
  assert.deepEqual(phases, [closure.why, closure.why]);
  traffic.leave();
  traffic.settle();
  await Promise.all([work, ...calls]);
  assert.deepEqual(done, ['work', 'first', 'second']);
  assert.equal(traffic.closure, null);
});

test('a call on its way to a worker that only starts is waited for', async () => {
  const traffic = new Traffic();
  const started = Promise.withResolvers<string>();
  const entered = traffic.enter(() => started.promise, {
    signal: never,
    onPhase: () => {},
    inside: () => {},
  });
  let isDone = false;
  const work = traffic.inQuiet(closure, undefined, async () => {
    isDone = true;
  });
  await turns();
  assert.equal(isDone, false);
  started.resolve('a worker');
  await entered;
  await turns();
  assert.equal(isDone, false, 'it is inside now');
  traffic.leave();
  traffic.settle();
  await work;
  assert.equal(isDone, true);
});

test('a gate that is closed again before a call has passed keeps it waiting', async () => {
  const traffic = new Traffic();
  const done: string[] = [];
  const one = traffic.inQuiet(closure, undefined, async () => void done.push('one'));
  const call = enter(traffic).then(() => done.push('call'));
  const two = one.then(() =>
    traffic.inQuiet(closure, undefined, async () => void done.push('two')),
  );
  await Promise.all([one, two, call]);
  assert.equal(done.includes('call'), true);
  assert.equal(done[0], 'one');
  assert.equal(traffic.admitted, 1);
});

test('whoever gives up at the gate is not counted any more, and the work goes on without', async () => {
  const traffic = new Traffic();
  await enter(traffic);
  const stop = new AbortController();
  const work = traffic.inQuiet(closure, undefined, async () => 'done');
  const waiting = enter(traffic, { signal: stop.signal });
  stop.abort();
  await assert.rejects(waiting, { code: 'CANCELLED' });
  assert.equal(traffic.all, 1);
  traffic.leave();
  traffic.settle();
  assert.equal(await work, 'done');
});

test('work that is given up before it is quiet opens the gate again', async () => {
  const traffic = new Traffic();
  await enter(traffic);
  const stop = new AbortController();
  const work = traffic.inQuiet(closure, stop.signal, async () => 'done');
  stop.abort();
  await assert.rejects(work, { code: 'CANCELLED' });
  await enter(traffic);
  assert.equal(traffic.all, 2);
});

test('work that fails opens the gate too', async () => {
  const traffic = new Traffic();
  const work = traffic.inQuiet(closure, undefined, async () => {
    throw new Error('no');
  });
  await assert.rejects(work, /no/);
  assert.equal(await enter(traffic), 'a worker');
});
