import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRunning } from '../workers/fixtures.ts';
import { attempt, job, world } from './world.ts';

const mib = 2 ** 20;
const skip = process.platform === 'linux' ? false : 'there is no /proc';
const echo = () => job('well-behaved', 'echo', { input: { value: 1 } });

test('what is up is told, idle or not, with what it was last seen to hold', { skip }, async (t) => {
  const { instances } = world(t);
  assert.deepEqual(instances.residents(), []);
  const starting = instances.execute(echo(), attempt());
  assert.partialDeepStrictEqual(instances.residents(), [
    { instance: 'well-behaved', isStarting: true, pid: null, callsInFlight: 1, idleForMs: null },
  ]);
  await starting;
  const [resident] = instances.residents();
  assert.ok(resident?.pid !== null && resident?.pid !== undefined && isRunning(resident.pid));
  assert.ok(resident.idleForMs !== null && resident.idleForMs >= 0);
  assert.ok((resident.rssBytes ?? 0) > 10 * mib);
  assert.deepEqual(resident.vramBytes, {});
  const waiting = attempt();
  const call = instances.execute(job('well-behaved', 'wait'), waiting);
  await waiting.firstProgress;
  assert.partialDeepStrictEqual(instances.residents(), [
    { isStarting: false, callsInFlight: 1, idleForMs: null },
  ]);
  waiting.controller.abort();
  await call;
});

test('an idle instance that cannot let go of its memory is ended, and starts again when it is called', {
  skip,
}, async (t) => {
  const host = world(t);
  const { instances } = host;
  await instances.execute(echo(), attempt());
  const pid = instances.residents()[0]?.pid ?? 0;
  const eviction = await instances.evict('well-behaved', 'RAM is short', 'a test');
  assert.equal(eviction.kind, 'ended');
  assert.ok(!isRunning(pid), 'its memory is free when this resolves');
  const { freedBytes, ...told } = host.eventOf('instance_evicted');
  assert.deepEqual(told, {
    reason: 'RAM is short',
    how: 'ended',
    freedVramBytes: {},
    for: 'a test',
  });
  assert.ok(Number(freedBytes) > 10 * mib);
  assert.deepEqual(instances.residents(), []);
  assert.equal((await instances.execute(echo(), attempt())).kind, 'completed');
});

test('one that has work, is starting, or is not there is not evicted', { skip }, async (t) => {
  const host = world(t);
  const { instances } = host;
  assert.deepEqual(await instances.evict('well-behaved', 'why'), { kind: 'absent' });
  const first = attempt();
  const call = instances.execute(job('well-behaved', 'wait'), first);
  assert.deepEqual(await instances.evict('well-behaved', 'why'), { kind: 'busy' }, 'it starts');
  await first.firstProgress;
  assert.deepEqual(await instances.evict('well-behaved', 'why'), { kind: 'busy' }, 'it executes');
  first.controller.abort();
  await call;
  assert.ok(!host.told().includes('instance_evicted'));
});

test('with two calls in it, one is not idle when the first of them ends', { skip }, async (t) => {
  const { instances } = world(t, { slots: 2 });
  const [first, second] = [attempt(), attempt()];
  const calls = [first, second].map((each) => instances.execute(job('well-behaved', 'wait'), each));
  await Promise.all([first.firstProgress, second.firstProgress]);
  first.controller.abort();
  await calls[0];
  assert.deepEqual(await instances.evict('well-behaved', 'why'), { kind: 'busy' });
  second.controller.abort();
  await calls[1];
});

test('a tool that lets go of its memory keeps its worker', { skip }, async (t) => {
  const host = world(t, { config: { keeps: 400 * mib }, configSchema: {} });
  const { instances } = host;
  const call = () => instances.execute(job('holds-memory', 'hold'), attempt());
  await call();
  const before = instances.residents()[0]?.pid;
  const eviction = await instances.evict('holds-memory', 'RAM is short');
  assert.ok(eviction.kind === 'released' && eviction.freed.rssBytes > 350 * mib);
  assert.equal(host.eventOf('instance_evicted')['how'], 'released');
  await call();
  assert.equal(instances.residents()[0]?.pid, before);
});

test('one that says so and keeps most of it is ended after all', { skip }, async (t) => {
  const { instances } = world(t, {
    config: { keeps: 400 * mib, stubborn: true },
    configSchema: {},
  });
  await instances.execute(job('holds-memory', 'hold'), attempt());
  const eviction = await instances.evict('holds-memory', 'RAM is short');
  assert.ok(eviction.kind === 'ended' && eviction.freed.rssBytes > 400 * mib);
});

test('a call that comes while an instance makes room waits for that, and is done', {
  skip,
}, async (t) => {
  const { instances } = world(t);
  await instances.execute(echo(), attempt());
  const evicting = instances.evict('well-behaved', 'RAM is short', 'job_1');
  const late = attempt();
  const outcome = instances.execute(echo(), late);
  assert.equal((await evicting).kind, 'ended');
  assert.equal((await outcome).kind, 'completed');
  assert.equal(late.phases[0], 'waiting while well-behaved makes room for job_1');
});
